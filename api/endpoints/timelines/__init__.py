"""Timelines, lists, circles, conversations, markers, streams. See docs.joinmastodon.org/methods. Importing it fills the table in api/routing.py."""

from api.endpoints.timelines import circles, conversations, lists, markers, streaming, timelines

__all__ = ["circles", "conversations", "lists", "markers", "streaming", "timelines"]
