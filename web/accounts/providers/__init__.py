"""Signing in at a provider: the way there and back, choosing a username, connecting accounts in the settings."""
