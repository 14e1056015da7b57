"""The policies of a domain for other servers, set by its staff."""
