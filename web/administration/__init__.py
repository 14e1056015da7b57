"""Pages for the staff of the server and of a domain."""
