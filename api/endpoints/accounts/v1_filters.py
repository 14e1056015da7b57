"""Filters of version 1 of the API: one keyword each (docs.joinmastodon.org/methods/filters, deprecated).

They are keywords of version 2 filters, under the keyword's id; both versions show the same rows.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from activities.filters import queries
from activities.filters import services as filters
from activities.filters.models import FilterAction
from activities.filters.services import KeywordDraft
from api.endpoints.accounts.filters import parse_seconds
from api.entities.empty import Empty
from api.entities.filter_result import FilterContext, V1Filter, v1_filter
from api.parameters import NULL_AS_EMPTY, Id
from api.routing import Call, endpoint
from core.db import async_atomic
from core.errors import Invalid


class Draft(msgspec.Struct):
    phrase: str = ""
    context: list[FilterContext] = []
    irreversible: bool = False
    whole_word: bool = False
    expires_in: Annotated[str | UnsetType, NULL_AS_EMPTY] = UNSET


def _checked(draft: Draft) -> None:
    if not draft.phrase.strip():
        raise Invalid("phrase", "blank")


@endpoint("GET", "/api/v1/filters", scope="read:filters", auth="user")
async def index(call: Call) -> list[V1Filter]:
    return [v1_filter(one) for one in await queries.keywords_with_filters(call.me)]


@endpoint("GET", "/api/v1/filters/<id>", scope="read:filters", auth="user")
async def show(call: Call, id: Id) -> V1Filter:
    return v1_filter(await queries.keyword_of(call.me, id))


@endpoint("POST", "/api/v1/filters", scope="write:filters", auth="user")
async def create(call: Call, draft: Draft) -> V1Filter:
    _checked(draft)
    span = parse_seconds(draft.expires_in)
    row = await filters.create_filter(
        identity=call.me,
        title=draft.phrase[: filters.MAX_TITLE_LENGTH],
        contexts=draft.context,
        action=FilterAction.hide if draft.irreversible else FilterAction.warn,
        expires_in=None if isinstance(span, UnsetType) else span,
        keywords=[KeywordDraft(keyword=draft.phrase, whole_word=draft.whole_word)],
    )
    keyword = (await queries.keywords_of([row.pk]))[row.pk][0]
    keyword.filter = row
    return v1_filter(keyword)


@endpoint("PUT", "/api/v1/filters/<id>", scope="write:filters", auth="user")
async def update(call: Call, id: Id, draft: Draft) -> V1Filter:
    """Replace the filter. Only an absent `expires_in` stays unchanged."""
    _checked(draft)
    async with async_atomic():
        keyword = await queries.keyword_of(call.me, id)
        await filters.edit_filter(
            identity=call.me,
            filter_id=keyword.filter_id,
            contexts=draft.context,
            action=FilterAction.hide if draft.irreversible else FilterAction.warn,
            expires_in=parse_seconds(draft.expires_in),
            keywords=[KeywordDraft(id=id, keyword=draft.phrase, whole_word=draft.whole_word)],
        )
    return v1_filter(await queries.keyword_of(call.me, id))


@endpoint("DELETE", "/api/v1/filters/<id>", scope="write:filters", auth="user")
async def delete(call: Call, id: Id) -> Empty:
    await filters.delete_keyword(identity=call.me, keyword_id=id, with_empty_filter=True)
    return Empty()
