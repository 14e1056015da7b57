"""Pages on which authors change their own posts."""
