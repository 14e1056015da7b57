"""Pages for the providers at which people of a domain sign in."""
