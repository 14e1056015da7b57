"""Filters and their matches on posts. Filters are compiled once per version of a user's filters, and passed as a value.

The version is `Identity.filters_version`, loaded with the identity: users without filters cost no query, and outdated filters are never
used. The process's cache only saves reads.
"""

import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from activities.filters.models import Filter, FilterAction, FilterContext, FilterKeyword, FilterStatus
from activities.posts.queries.views import PostView
from core import clock
from core.errors import NotFound
from core.server_state import PerServer
from core.texts.html import to_text
from users.identities.models import Identity

CACHE_SIZE = 10_000  # identities whose compiled filters a process keeps

_KEYWORDS_AT_ONCE = 10_000  # per user: the maximum that filters/services.py allows
_PEOPLE_AT_ONCE = 20  # users whose filters are read together


class CompiledFilter(msgspec.Struct, frozen=True):
    """A compiled filter. `pattern` matches if any keyword does; `keywords` are then tried one by one."""

    row: Filter
    pattern: re.Pattern[str] | None
    keywords: tuple[tuple[str, re.Pattern[str]], ...]
    posts: frozenset[int]


class Match(msgspec.Struct, frozen=True):
    filter: Filter
    keywords: list[str]
    posts: list[int]


class PersonFilters(msgspec.Struct, frozen=True):
    """A user's filters at a `version`. Without an identity: none."""

    identity_id: int | None = None
    version: int = 0
    filters: tuple[CompiledFilter, ...] = ()

    def matches(self, post: PostView) -> list[Match]:
        """Return the filters that match a post (of a boost: its original). A user's own posts are not filtered."""
        if not self.filters or post.author_id == self.identity_id:
            return []
        now, text, found = clock.now(), None, []
        for one in self.filters:
            if one.row.expires_at is not None and one.row.expires_at <= now:
                continue
            words: list[str] = []
            if one.pattern is not None:
                text = _text_of(post) if text is None else text
                if one.pattern.search(text):
                    words = [word for word, pattern in one.keywords if pattern.search(text)]
            posts = [post.id] if post.id in one.posts else []
            if words or posts:
                found.append(Match(one.row, words, posts))
        return found


NO_FILTERS = PersonFilters()
_compiled: PerServer[OrderedDict[int, PersonFilters]] = PerServer(OrderedDict)


def _expression(keyword: str, whole_word: bool) -> str:
    """Return the pattern of a keyword. A whole word must not be adjacent to a letter, where the keyword itself begins or ends with one."""
    before = r"(?<!\w)" if whole_word and re.match(r"\w", keyword) else ""
    after = r"(?!\w)" if whole_word and re.search(r"\w\Z", keyword) else ""
    words = r"\s+".join(re.escape(word) for word in keyword.split())
    return f"{before}{words}{after}"


def _compile(row: Filter, keywords: list[FilterKeyword], posts: list[int]) -> CompiledFilter:
    expressions = [
        (one.keyword, _expression(one.keyword, one.whole_word)) for one in keywords if one.keyword.strip()
    ]
    every = "|".join(expression for _, expression in expressions)
    return CompiledFilter(
        row=row,
        pattern=re.compile(every, re.IGNORECASE) if expressions else None,
        keywords=tuple((word, re.compile(expression, re.IGNORECASE)) for word, expression in expressions),
        posts=frozenset(posts),
    )


async def compiled_for(viewer: Identity | None) -> PersonFilters:
    """Return the viewer's filters. Runs no query if there are none, or they have not changed."""
    if viewer is None or not viewer.filters_version:
        return NO_FILTERS
    return (await _compiled_of([viewer]))[viewer.pk]


async def compiled_for_people(identity_ids: Collection[int]) -> dict[int, PersonFilters]:
    """Return the filters of these users, if they have any. One query, and three for each twenty users whose filters changed."""
    found = [one async for one in Identity.objects.filter(pk__in=list(identity_ids), filters_version__gt=0)]
    return await _compiled_of(found)


async def _compiled_of(people: Sequence[Identity]) -> dict[int, PersonFilters]:
    found, missing = {}, []
    for one in people:
        known = _compiled().get(one.pk)
        if known is None or known.version != one.filters_version:
            missing.append(one)
            continue
        _compiled().move_to_end(one.pk)
        found[one.pk] = known
    for start in range(0, len(missing), _PEOPLE_AT_ONCE):
        read = await _read(missing[start : start + _PEOPLE_AT_ONCE])
        _compiled().update(read)
        found.update(read)
    while len(_compiled()) > CACHE_SIZE:
        _compiled().popitem(last=False)
    return found


async def _read(people: Sequence[Identity]) -> dict[int, PersonFilters]:
    """Read and compile the filters of these users, in three queries."""
    rows: dict[int, list[Filter]] = {}
    async for row in Filter.objects.filter(identity__in=[one.pk for one in people]).order_by("id"):
        rows.setdefault(row.identity_id, []).append(row)
    ids = [row.pk for several in rows.values() for row in several]
    keywords = await keywords_of(ids, most=_KEYWORDS_AT_ONCE * len(people))
    posts = await statuses_of(ids)
    return {
        one.pk: PersonFilters(
            one.pk,
            one.filters_version,
            tuple(
                _compile(row, keywords.get(row.pk, []), [status.post_id for status in posts.get(row.pk, [])])
                for row in rows.get(one.pk, [])
            ),
        )
        for one in people
    }


async def apply_filters(
    posts: Iterable[PostView], viewer: Identity | None, context: FilterContext
) -> list[PostView]:
    """Return the posts without those that the viewer's filters hide in this context; the others get their warnings (`filtered`).

    A quoted post is never removed, only warned about. For pages; API clients do this themselves.
    """
    filters = await compiled_for(viewer)
    if not filters.filters:
        return list(posts)
    met = [_filtered(post, filters, context) for post in posts]
    return [post for post, actions in met if FilterAction.hide not in actions]


async def with_warnings(post: PostView, viewer: Identity | None, context: FilterContext) -> PostView:
    """Return a post that the viewer opened, with a warning from each matching filter. None of them hides it."""
    return _filtered(post, await compiled_for(viewer), context)[0]


def _filtered(post: PostView, filters: PersonFilters, context: FilterContext) -> tuple[PostView, set[str]]:
    """Return the post with its filter warnings, and the actions of the matching filters."""
    shown, actions = _marked(post.shown, filters, context)
    if shown.quote is not None:
        quote, _ = _marked(shown.quote, filters, context)
        shown = replace(shown, quote=quote)
    return (shown if post.boost_of is None else replace(post, boost_of=shown)), actions


def _marked(post: PostView, filters: PersonFilters, context: FilterContext) -> tuple[PostView, set[str]]:
    met = [match.filter for match in filters.matches(post) if context in match.filter.contexts]
    if not met:
        return post, set()
    titles = tuple(one.title for one in met if one.action != FilterAction.blur)
    is_blurred = any(one.action == FilterAction.blur for one in met)
    return replace(post, filtered=titles, is_blurred=is_blurred), {one.action for one in met}


def _text_of(post: PostView) -> str:
    """Return the text to match: the post's title, content warning, text, poll and media descriptions."""
    text = to_text(post.content)
    if not (post.title or post.content_warning or post.question or post.attachments):
        return text
    parts = [post.title, post.content_warning, text]
    if post.question is not None:
        parts += [option.title for option in post.question.options]
    parts += [attachment.description for attachment in post.attachments]
    return "\n\n".join(part for part in parts if part)


async def filters_of(identity: Identity) -> list[Filter]:
    """Return all filters of a user, including expired ones, oldest first."""
    return [one async for one in Filter.objects.filter(identity=identity.pk).order_by("id")]


async def filter_of(identity: Identity, filter_id: int) -> Filter:
    """Return one filter of the user. Raises NotFound for anybody else's."""
    found = await Filter.objects.filter(pk=filter_id, identity=identity.pk).afirst()
    if found is None:
        raise NotFound
    return found


async def keywords_of(
    filter_ids: list[int], *, most: int = _KEYWORDS_AT_ONCE
) -> dict[int, list[FilterKeyword]]:
    """Return filter id → its keywords, in one query."""
    found: dict[int, list[FilterKeyword]] = {}
    rows = FilterKeyword.objects.filter(filter__in=filter_ids).order_by("id")[:most]
    async for one in rows:
        found.setdefault(one.filter_id, []).append(one)
    return found


async def statuses_of(filter_ids: list[int]) -> dict[int, list[FilterStatus]]:
    """Return filter id → its single posts, in one query."""
    found: dict[int, list[FilterStatus]] = {}
    async for one in FilterStatus.objects.filter(filter__in=filter_ids).order_by("id"):
        found.setdefault(one.filter_id, []).append(one)
    return found


async def keyword_of(identity: Identity, keyword_id: int) -> FilterKeyword:
    """Return one keyword of the user, with its filter. Raises NotFound for anybody else's."""
    rows = FilterKeyword.objects.select_related("filter")
    found = await rows.filter(pk=keyword_id, filter__identity=identity.pk).afirst()
    if found is None:
        raise NotFound
    return found


async def keywords_with_filters(identity: Identity) -> list[FilterKeyword]:
    """Return every keyword with its filter: what version 1 of the API calls filters."""
    rows = FilterKeyword.objects.select_related("filter").filter(filter__identity=identity.pk).order_by("id")
    return [one async for one in rows[:_KEYWORDS_AT_ONCE]]


async def status_of(identity: Identity, row_id: int) -> FilterStatus:
    """Return one filtered post of the user. Raises NotFound for anybody else's."""
    found = await FilterStatus.objects.filter(pk=row_id, filter__identity=identity.pk).afirst()
    if found is None:
        raise NotFound
    return found
