"""Static files, page addresses, and templates that are loaded before the first request."""
