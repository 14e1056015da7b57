"""Authorizing apps, and the list of those that were."""
