"""Commands about what takes up the disk."""
