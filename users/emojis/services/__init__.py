"""Writes of custom emoji: those in remote documents, and changes of local ones by admins."""
