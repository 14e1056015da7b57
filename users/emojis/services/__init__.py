"""Writes of custom emoji: what documents of other servers name, and what admins do with our own."""
