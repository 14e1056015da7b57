"""Streaming: events reach connected clients within moments (docs.joinmastodon.org/methods/streaming)."""
