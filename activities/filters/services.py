"""Editing filters. Every change increments `filters_version`, so that readers compile them again."""

import datetime as dt
from collections.abc import Collection, Sequence
from datetime import timedelta

import msgspec
from msgspec import UNSET, UnsetType

from activities.filters.models import Filter, FilterAction, FilterContext, FilterKeyword, FilterStatus
from activities.filters.queries import filter_of, keyword_of, status_of
from activities.posts.queries.visibility import may_see
from activities.streaming import services as streaming
from core import clock
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.texts import is_blank
from users.identities import events
from users.identities.models import Identity

MAX_FILTERS = 100
MAX_KEYWORDS = 100  # per filter
MAX_STATUSES = 400  # per filter
MAX_TITLE_LENGTH = 255
MAX_KEYWORD_LENGTH = 512
_MAX_LIFE = timedelta(days=36500)


class KeywordDraft(msgspec.Struct, kw_only=True):
    """A keyword to add; with `id` to change, with `destroyed` to delete."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroyed: bool = False


def _contexts(contexts: Sequence[str]) -> list[str]:
    if not contexts or not set(contexts) <= set(FilterContext):
        raise Invalid("context", "blank")
    return list(dict.fromkeys(contexts))


def _title(title: str) -> str:
    if is_blank(title):
        raise Invalid("title", "blank")
    if len(title) > MAX_TITLE_LENGTH:
        raise Invalid("title", "too_long", most=MAX_TITLE_LENGTH)
    return title.strip()


def check_keyword(keyword: str | None) -> str:
    """Return a keyword as stored. Raises Invalid if it is empty or too long."""
    if keyword is None or not keyword.strip():
        raise Invalid("keyword", "blank")
    if len(keyword) > MAX_KEYWORD_LENGTH:
        raise Invalid("keyword", "too_long", most=MAX_KEYWORD_LENGTH)
    return keyword.strip()


def _until(expires_in: int | None) -> dt.datetime | None:
    if not expires_in:
        return None
    if not 0 < expires_in <= _MAX_LIFE.total_seconds():
        raise Invalid("expires_in", "invalid", most=_MAX_LIFE.days)
    return clock.now() + timedelta(seconds=expires_in)


def _action(action: str) -> str:
    if action not in FilterAction:
        raise Invalid("action", "unknown")
    return action


async def _changed(identity: Identity) -> None:
    """Increment the version of the filters, so that readers compile them again, and notify connected clients.

    The row is locked, so that concurrent changes of one user are serialised.
    """
    version = await sql.value(
        "UPDATE users_identity SET filters_version = filters_version + 1 WHERE id = %s RETURNING filters_version",
        [identity.pk],
    )
    identity.filters_version = version
    await streaming.publish_filter_change(identity.pk)


async def create_filter(
    *,
    identity: Identity,
    title: str,
    contexts: Sequence[str],
    action: str = FilterAction.warn,
    expires_in: int | None = None,
    keywords: Sequence[KeywordDraft] = (),
    row_id: int | None = None,
) -> Filter:
    """Create a filter with its keywords, optionally with the id `row_id`. `expires_in` in seconds; None or 0: never."""
    if is_blank(title) and not contexts:
        raise Invalid("title", "blank_with_context")
    title, contexts, until = _title(title), _contexts(contexts), _until(expires_in)
    async with async_atomic():
        await _changed(identity)
        if await Filter.objects.filter(identity=identity.pk).acount() >= MAX_FILTERS:
            raise Invalid("filters", "too_many", most=MAX_FILTERS)
        row = await Filter.objects.acreate(
            id=row_id or new_id(),
            identity=identity,
            title=title,
            contexts=contexts,
            action=_action(action),
            expires_at=until,
        )
        await _apply(row, keywords)
    return row


async def edit_filter(
    *,
    identity: Identity,
    filter_id: int,
    title: str | None = None,
    contexts: Sequence[str] | None = None,
    action: str | None = None,
    expires_in: int | UnsetType | None = UNSET,
    keywords: Sequence[KeywordDraft] = (),
    shown_statuses: Collection[int] = (),
    kept_statuses: Collection[int] = (),
) -> Filter:
    """Change a filter; arguments left out don't change. `expires_in` None or 0: it never expires.

    Those of the filtered posts `shown_statuses` (row ids) that are not in `kept_statuses` are removed.
    """
    async with async_atomic():
        await _changed(identity)
        row = await filter_of(identity, filter_id)
        if title is not None:
            row.title = _title(title)
        if contexts is not None:
            row.contexts = _contexts(contexts)
        if action is not None:
            row.action = _action(action)
        if expires_in is not UNSET:
            row.expires_at = _until(expires_in)
        await row.asave(update_fields=["title", "contexts", "action", "expires_at"])
        if removed := set(shown_statuses) - set(kept_statuses):
            await FilterStatus.objects.filter(filter=row.pk, pk__in=removed).adelete()
        await _apply(row, keywords)
    return row


async def _apply(row: Filter, keywords: Sequence[KeywordDraft]) -> None:
    for draft in sorted(
        keywords, key=lambda one: not one.destroyed
    ):  # deletions first, because they make room
        if draft.id is None:
            if not draft.destroyed:
                await _add(row, draft)
            continue
        known = await FilterKeyword.objects.filter(pk=draft.id, filter=row.pk).afirst()
        if known is None:
            raise NotFound
        await _change(known, draft)


async def _add(row: Filter, draft: KeywordDraft) -> FilterKeyword:
    keyword = check_keyword(draft.keyword)
    if await FilterKeyword.objects.filter(filter=row.pk).acount() >= MAX_KEYWORDS:
        raise Invalid("keywords", "too_many", most=MAX_KEYWORDS)
    return await FilterKeyword.objects.acreate(
        filter=row, keyword=keyword, whole_word=True if draft.whole_word is None else draft.whole_word
    )


async def _change(known: FilterKeyword, draft: KeywordDraft) -> None:
    if draft.destroyed:
        await FilterKeyword.objects.filter(pk=known.pk).adelete()
        return
    if draft.keyword is not None:
        known.keyword = check_keyword(draft.keyword)
    if draft.whole_word is not None:
        known.whole_word = draft.whole_word
    await known.asave(update_fields=["keyword", "whole_word"])


async def delete_filter(*, identity: Identity, filter_id: int) -> None:
    async with async_atomic():
        await _changed(identity)
        await filter_of(identity, filter_id)
        await FilterKeyword.objects.filter(filter=filter_id).adelete()
        await FilterStatus.objects.filter(filter=filter_id).adelete()
        await Filter.objects.filter(pk=filter_id).adelete()


async def add_keyword(*, identity: Identity, filter_id: int, draft: KeywordDraft) -> FilterKeyword:
    async with async_atomic():
        await _changed(identity)
        return await _add(await filter_of(identity, filter_id), draft)


async def edit_keyword(*, identity: Identity, keyword_id: int, draft: KeywordDraft) -> FilterKeyword:
    check_keyword(draft.keyword)
    async with async_atomic():
        await _changed(identity)
        known = await keyword_of(identity, keyword_id)
        await _change(known, draft)
    return known


async def delete_keyword(*, identity: Identity, keyword_id: int, with_empty_filter: bool = False) -> None:
    """Delete a keyword; with `with_empty_filter` also its filter, if it is empty now (version 1 of the API)."""
    async with async_atomic():
        await _changed(identity)
        known = await keyword_of(identity, keyword_id)
        await FilterKeyword.objects.filter(pk=keyword_id).adelete()
        if (
            with_empty_filter
            and not await FilterKeyword.objects.filter(filter=known.filter_id).aexists()
            and not await FilterStatus.objects.filter(filter=known.filter_id).aexists()
        ):
            await Filter.objects.filter(pk=known.filter_id).adelete()


async def add_status(*, identity: Identity, filter_id: int, post_id: int) -> FilterStatus:
    """Add one post to a filter. Raises NotFound for one that the user may not see."""
    async with async_atomic():
        await _changed(identity)
        row = await filter_of(identity, filter_id)
        post_id = await sql.value(
            "SELECT coalesce(boost_of_id, id) FROM activities_post WHERE id = %s", [post_id]
        )
        if post_id is None or not await may_see(identity, post_id):
            raise NotFound
        if await FilterStatus.objects.filter(filter=filter_id).acount() >= MAX_STATUSES:
            raise Invalid("posts", "too_many", most=MAX_STATUSES)
        known, _ = await FilterStatus.objects.aget_or_create(filter=row, post_id=post_id)
    return known


async def remove_status(*, identity: Identity, row_id: int) -> FilterStatus:
    async with async_atomic():
        await _changed(identity)
        known = await status_of(identity, row_id)
        await FilterStatus.objects.filter(pk=row_id).adelete()
    return known


@events.on_identity_deleted
async def delete_filters_of(identity: Identity) -> None:
    for table in ("activities_filterkeyword", "activities_filterstatus"):
        await sql.run(
            f"DELETE FROM {table} WHERE filter_id IN (SELECT id FROM activities_filter WHERE identity_id = %s)",
            [identity.pk],
        )
    await Filter.objects.filter(identity=identity.pk).adelete()
