"""CustomEmoji: docs.joinmastodon.org/entities/CustomEmoji"""

from collections.abc import Iterable
from typing import Any

import msgspec


class CustomEmoji(msgspec.Struct):
    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool = True
    category: str | None = None


def custom_emojis(known: Iterable[Any]) -> list[CustomEmoji]:
    """Render emoji as stored with a post or profile (objects with shortcode, url, static_url)."""
    return [CustomEmoji(e.shortcode, e.url, e.static_url or e.url) for e in known]
