"""Marker: docs.joinmastodon.org/entities/Marker"""

import msgspec


class Marker(msgspec.Struct):
    last_read_id: str
    version: int
    updated_at: str
