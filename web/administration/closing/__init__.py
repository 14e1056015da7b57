"""Pausing and removing domains."""
