"""Timelines, lists, conversations, markers, streams. See docs.joinmastodon.org/methods. Importing it fills the table in api/routing.py."""

from api.endpoints.timelines import conversations, lists, markers, streaming, timelines

__all__ = ["conversations", "lists", "markers", "streaming", "timelines"]
