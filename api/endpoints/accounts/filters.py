"""Filters, their keywords and single posts (docs.joinmastodon.org/methods/filters)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from activities.filters import models, queries
from activities.filters import services as filters
from activities.filters.services import KeywordDraft
from api.entities.empty import Empty
from api.entities.filter_result import (
    Filter,
    FilterContext,
    FilterKeyword,
    FilterStatus,
    filter_keyword,
    filter_status,
    filter_with_parts,
)
from api.parameters import NULL_AS_EMPTY, Id
from api.routing import Call, endpoint
from core.errors import NotFound


async def _shown(rows: list[models.Filter]) -> list[Filter]:
    """Load complete filters, in two queries."""
    ids = [row.pk for row in rows]
    keywords, posts = await queries.keywords_of(ids), await queries.statuses_of(ids)
    return [filter_with_parts(row, keywords.get(row.pk, []), posts.get(row.pk, [])) for row in rows]


@endpoint("GET", "/api/v2/filters", scope="read:filters", auth="user")
async def index(call: Call) -> list[Filter]:
    return await _shown(await queries.filters_of(call.me))


@endpoint("GET", "/api/v2/filters/<id>", scope="read:filters", auth="user")
async def show(call: Call, id: Id) -> Filter:
    return (await _shown([await queries.filter_of(call.me, id)]))[0]


class KeywordAttributes(msgspec.Struct):
    id: Id | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = msgspec.field(name="_destroy", default=False)


def _drafts(attributes: list[KeywordAttributes]) -> list[KeywordDraft]:
    return [
        KeywordDraft(id=one.id, keyword=one.keyword, whole_word=one.whole_word, destroyed=one.destroy)
        for one in attributes
    ]


class FilterDraft(msgspec.Struct):
    title: str = ""
    context: list[FilterContext] = []
    filter_action: Literal["warn", "hide", "blur"] = "warn"
    expires_in: int | None = None
    keywords_attributes: list[KeywordAttributes] = []


@endpoint("POST", "/api/v2/filters", scope="write:filters", auth="user")
async def create(call: Call, draft: FilterDraft) -> Filter:
    row = await filters.create_filter(
        identity=call.me,
        title=draft.title,
        contexts=draft.context,
        action=draft.filter_action,
        expires_in=draft.expires_in,
        keywords=_drafts(draft.keywords_attributes),
    )
    return (await _shown([row]))[0]


class FilterEdit(msgspec.Struct):
    """Parameters of a filter. An empty `expires_in`, or 0, means never."""

    title: str | None = None
    context: list[FilterContext] | None = None
    filter_action: Literal["warn", "hide", "blur"] | None = None
    expires_in: Annotated[str | UnsetType, NULL_AS_EMPTY] = UNSET
    keywords_attributes: list[KeywordAttributes] = []


@endpoint("PUT", "/api/v2/filters/<id>", scope="write:filters", auth="user")
async def update(call: Call, id: Id, edit: FilterEdit) -> Filter:
    row = await filters.edit_filter(
        identity=call.me,
        filter_id=id,
        title=edit.title,
        contexts=edit.context,
        action=edit.filter_action,
        expires_in=parse_seconds(edit.expires_in),
        keywords=_drafts(edit.keywords_attributes),
    )
    return (await _shown([row]))[0]


def parse_seconds(text: str | UnsetType) -> int | UnsetType | None:
    """Return a time span; absent leaves it unchanged, empty means never."""
    if isinstance(text, UnsetType):
        return UNSET
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None if not text else -1


@endpoint("DELETE", "/api/v2/filters/<id>", scope="write:filters", auth="user")
async def delete(call: Call, id: Id) -> Empty:
    await filters.delete_filter(identity=call.me, filter_id=id)
    return Empty()


class Keyword(msgspec.Struct):
    keyword: str = ""
    whole_word: bool | None = None


@endpoint("GET", "/api/v2/filters/<filter_id>/keywords", scope="read:filters", auth="user")
async def keywords(call: Call, filter_id: Id) -> list[FilterKeyword]:
    row = await queries.filter_of(call.me, filter_id)
    return [filter_keyword(one) for one in (await queries.keywords_of([row.pk])).get(row.pk, [])]


@endpoint("POST", "/api/v2/filters/<filter_id>/keywords", scope="write:filters", auth="user")
async def add_keyword(call: Call, filter_id: Id, asked: Keyword) -> FilterKeyword:
    draft = KeywordDraft(keyword=asked.keyword, whole_word=asked.whole_word)
    return filter_keyword(await filters.add_keyword(identity=call.me, filter_id=filter_id, draft=draft))


@endpoint("GET", "/api/v2/filters/keywords/<id>", scope="read:filters", auth="user")
async def keyword(call: Call, id: Id) -> FilterKeyword:
    return filter_keyword(await queries.keyword_of(call.me, id))


@endpoint("PUT", "/api/v2/filters/keywords/<id>", scope="write:filters", auth="user")
async def update_keyword(call: Call, id: Id, asked: Keyword) -> FilterKeyword:
    draft = KeywordDraft(keyword=asked.keyword, whole_word=asked.whole_word)
    return filter_keyword(await filters.edit_keyword(identity=call.me, keyword_id=id, draft=draft))


@endpoint("DELETE", "/api/v2/filters/keywords/<id>", scope="write:filters", auth="user")
async def delete_keyword(call: Call, id: Id) -> Empty:
    await filters.delete_keyword(identity=call.me, keyword_id=id)
    return Empty()


class StatusAsked(msgspec.Struct):
    status_id: Id | None = None


@endpoint("GET", "/api/v2/filters/<filter_id>/statuses", scope="read:filters", auth="user")
async def filtered_statuses(call: Call, filter_id: Id) -> list[FilterStatus]:
    row = await queries.filter_of(call.me, filter_id)
    return [filter_status(one) for one in (await queries.statuses_of([row.pk])).get(row.pk, [])]


@endpoint("POST", "/api/v2/filters/<filter_id>/statuses", scope="write:filters", auth="user")
async def add_status(call: Call, filter_id: Id, asked: StatusAsked) -> FilterStatus:
    if asked.status_id is None:
        raise NotFound
    made = await filters.add_status(identity=call.me, filter_id=filter_id, post_id=asked.status_id)
    return filter_status(made)


@endpoint("GET", "/api/v2/filters/statuses/<id>", scope="read:filters", auth="user")
async def filtered_status(call: Call, id: Id) -> FilterStatus:
    return filter_status(await queries.status_of(call.me, id))


@endpoint("DELETE", "/api/v2/filters/statuses/<id>", scope="write:filters", auth="user")
async def remove_status(call: Call, id: Id) -> FilterStatus:
    """Remove a post from a filter and return what was removed."""
    return filter_status(await filters.remove_status(identity=call.me, row_id=id))
