"""CustomEmoji: docs.joinmastodon.org/entities/CustomEmoji"""

from collections.abc import Iterable
from typing import Any

import msgspec

from federation.media.addresses import proxied_url
from federation.models import RemoteFileKind
from users.domains.models import Domain
from users.emojis.queries import OwnEmoji


class CustomEmoji(msgspec.Struct):
    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool = True
    category: str | None = None


def own_emoji(emoji: OwnEmoji, domain: Domain) -> CustomEmoji:
    """Render an emoji available on the domain."""
    copy = emoji.copy(domain.base_url)
    return CustomEmoji(
        copy["shortcode"],
        copy["url"],
        copy["static_url"],
        emoji.is_visible_in_picker,
        emoji.category or None,
    )


def custom_emojis(known: Iterable[Any], domain: Domain | None = None) -> list[CustomEmoji]:
    """Render emoji as stored with a post or profile (objects with shortcode, url, static_url). Without a domain they are local ones.

    Excludes those that operators refuse: their shortcodes stay text.
    """
    base = domain.base_url if domain is not None else ""

    def shown(url: str, kind: RemoteFileKind, owner: str) -> str:
        return proxied_url(url, kind, base, owner=owner) if base else url

    rendered = [
        CustomEmoji(
            e.shortcode,
            shown(e.url, RemoteFileKind.emoji, e.owner),
            shown(e.static_url or e.url, RemoteFileKind.still, e.owner)
            or shown(e.url, RemoteFileKind.emoji, e.owner),
        )
        for e in known
    ]
    return [emoji for emoji in rendered if emoji.url]
