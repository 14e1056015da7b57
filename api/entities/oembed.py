"""OEmbed: docs.joinmastodon.org/methods/oembed, oembed.com"""

import msgspec


class OEmbed(msgspec.Struct, kw_only=True):
    type: str = "rich"
    version: str = "1.0"
    title: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    cache_age: int = 86400
    html: str
    width: int
    height: int | None = None
