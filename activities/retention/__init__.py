"""Removal of posts of other servers that nobody here has anything to do with, so that the database doesn't only grow."""
