"""Streaming: what happens reaches connected clients within moments (docs.joinmastodon.org/methods/streaming)."""
