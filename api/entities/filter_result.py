"""FilterResult and Filter: docs.joinmastodon.org/entities/FilterResult"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

FilterContext = Literal["home", "notifications", "public", "thread", "account"]


class FilterKeyword(msgspec.Struct):
    id: str
    keyword: str
    whole_word: bool


class FilterStatus(msgspec.Struct):
    id: str
    status_id: str


class Filter(msgspec.Struct, kw_only=True):
    id: str
    title: str
    context: list[FilterContext]
    expires_at: str | None
    filter_action: Literal["warn", "hide", "blur"]
    keywords: list[FilterKeyword] | UnsetType = UNSET
    statuses: list[FilterStatus] | UnsetType = UNSET


class FilterResult(msgspec.Struct):
    filter: Filter
    keyword_matches: list[str] | None
    status_matches: list[str] | None
