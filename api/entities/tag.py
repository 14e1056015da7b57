"""Tag and FeaturedTag: docs.joinmastodon.org/entities/Tag. Numbers are texts."""

import msgspec
from msgspec import UNSET, UnsetType


class TagHistory(msgspec.Struct):
    """`day` is midnight in seconds since 1970."""

    day: str
    uses: str
    accounts: str


class Tag(msgspec.Struct, kw_only=True):
    id: str
    name: str
    url: str
    history: list[TagHistory]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class FeaturedTag(msgspec.Struct):
    """`url` leads to the posts with the hashtag of the one who features it."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None
