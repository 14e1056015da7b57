"""Tag: docs.joinmastodon.org/entities/Tag. Numbers of the history are texts."""

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
