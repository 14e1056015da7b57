"""Pages of filters."""
