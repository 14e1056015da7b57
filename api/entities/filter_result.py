"""FilterResult, Filter, its parts, and V1::Filter: docs.joinmastodon.org/entities/FilterResult"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from activities.filters import models
from activities.filters import queries as filters
from activities.posts.queries.views import PostView
from api.entities.times import timestamp

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


class V1Filter(msgspec.Struct, kw_only=True):
    """A keyword with its filter, as in version 1 of the API."""

    id: str
    phrase: str
    context: list[FilterContext]
    expires_at: str | None
    irreversible: bool
    whole_word: bool


def filter_keyword(row: models.FilterKeyword) -> FilterKeyword:
    return FilterKeyword(str(row.pk), row.keyword, row.whole_word)


def filter_status(row: models.FilterStatus) -> FilterStatus:
    return FilterStatus(str(row.pk), str(row.post_id))


def filter_summary(row: models.Filter) -> Filter:
    """Render a filter without its keywords and statuses, as in FilterResult."""
    return Filter(
        id=str(row.pk),
        title=row.title,
        context=row.contexts,
        expires_at=timestamp(row.expires_at) if row.expires_at else None,
        filter_action=row.action,
    )


def filter_with_parts(
    row: models.Filter, keywords: Sequence[models.FilterKeyword], posts: Sequence[models.FilterStatus]
) -> Filter:
    shown = filter_summary(row)
    shown.keywords = [filter_keyword(one) for one in keywords]
    shown.statuses = [filter_status(one) for one in posts]
    return shown


def v1_filter(keyword: models.FilterKeyword) -> V1Filter:
    """Render a keyword as a filter of version 1 of the API. Its filter must be loaded."""
    row = keyword.filter
    return V1Filter(
        id=str(keyword.pk),
        phrase=keyword.keyword,
        context=row.contexts,
        expires_at=timestamp(row.expires_at) if row.expires_at else None,
        irreversible=row.action == models.FilterAction.hide,
        whole_word=keyword.whole_word,
    )


def filter_results(post: PostView, own: filters.PersonFilters) -> list[FilterResult]:
    """Return the results of the viewer's filters for a post; for a boost those of its original."""
    return [
        FilterResult(
            filter_summary(match.filter),
            match.keywords or None,
            [str(one) for one in match.posts] or None,
        )
        for match in own.matches(post.shown)
    ]
