"""PreviewCard: docs.joinmastodon.org/entities/PreviewCard"""

from typing import Literal

import msgspec

from api.entities.account import Account


class PreviewCardAuthor(msgspec.Struct):
    name: str
    url: str
    account: Account | None = None


class PreviewCard(msgspec.Struct, kw_only=True):
    url: str
    title: str
    description: str
    language: str = ""
    type: Literal["link", "photo", "video", "rich"] = "link"
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    html: str = ""
    width: int = 0
    height: int = 0
    image: str | None = None
    image_description: str = ""
    embed_url: str = ""
    blurhash: str | None = None
    published_at: str | None = None
    missing_attribution: bool | None = False
    authors: list[PreviewCardAuthor] = []
