"""Explore: popular posts, hashtags and links, and people; and the hashtags that a user follows."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.posts.queries.views import CardView
from activities.tags import queries as tags
from activities.tags.queries import HashtagView
from activities.tags.services import following
from activities.trends import queries as trends
from activities.trends.models import TrendKind
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.pages.addresses import path_to
from users.identities.queries.profiles import load_profiles
from users.relations.queries.relationships import relations_to
from users.relations.queries.social import directory, suggestions
from web.pages import check_open, next_path, page, query_number, redirect_with_message, signed_in
from web.paging import PAGE_SIZE

_FARTHEST = 10_000
_SUGGESTED = 10


class _Uses(NamedTuple):
    """The posts of the last seven days with a hashtag or a link, day by day, and the most authors of a day."""

    days: list[int]
    people: int

    @property
    def posts(self) -> int:
        return sum(self.days)

    @property
    def is_by_many(self) -> bool:
        return self.people > 1


@methods("GET")
async def explore(request: Request) -> HttpResponse:
    """Show the popular posts."""
    trending = _page_of(request)
    posts = await trends.trending_posts(request.identity, trending)
    shown = await apply_filters(posts, request.identity, FilterContext.public)
    return _explore(request, "posts", trending, len(posts), {"posts": shown, "pager": "offset"})


@methods("GET")
async def explore_hashtags(request: Request) -> HttpResponse:
    """Show the popular hashtags, with their use of the last week."""
    trending = _page_of(request)
    found = await trends.trending_hashtags(trending)
    uses = await _uses_of(TrendKind.tag, [tag.id for tag in found])
    return _explore(request, "hashtags", trending, len(found), {"hashtags": _with_uses(found, uses)})


@methods("GET")
async def explore_news(request: Request) -> HttpResponse:
    """Show the popular links, with the number of posts that share them."""
    trending = _page_of(request)
    found = await trends.trending_links(trending)
    uses = await _uses_of(TrendKind.link, [card.id for card in found])
    return _explore(request, "news", trending, len(found), {"links": _with_uses(found, uses)})


@methods("GET")
async def explore_people(request: Request) -> HttpResponse:
    """Show people to follow, and below them the directory of the domain."""
    trending = _page_of(request, is_shown=request.domain.shows_directory)
    me = request.identity
    suggested = (
        [who for who, _ in await suggestions(me, limit=_SUGGESTED)] if me and not trending.offset else []
    )
    listed = await directory(
        me, request.domain, is_local=True, by_age=False, limit=trending.limit, offset=trending.offset
    )
    ids = [*suggested, *listed]
    profiles = await load_profiles(ids)
    context = {
        "suggested": [profiles[one] for one in suggested if one in profiles],
        "people": [profiles[one] for one in listed if one in profiles and one not in suggested],
        "relations": await relations_to(me, ids),
    }
    return _explore(request, "people", trending, len(listed), context)


def _page_of(request: Request, *, is_shown: bool | None = None) -> trends.Trending:
    """Return the requested page of trends, or of what `is_shown` is about. Raises NotFound for visitors who may not see it."""
    check_open(request, is_shown=request.domain.shows_trends if is_shown is None else is_shown)
    offset = min(query_number(request, "offset") or 0, _FARTHEST)
    return trends.Trending(request.domain, PAGE_SIZE, offset)


def _explore(
    request: Request, tab: str, trending: trends.Trending, count: int, context: dict[str, Any]
) -> HttpResponse:
    has_more = count >= trending.limit and trending.offset < _FARTHEST
    older = trending.offset + trending.limit if has_more else None
    return page(request, "timelines/explore.html", {**context, "tab": tab, "older": older})


async def _uses_of(kind: TrendKind, ids: Collection[int]) -> dict[int, _Uses]:
    """Return the use of each in the last seven days, today last."""
    found = await trends.uses_of(kind, ids) if ids else {}
    today = clock.now().date()
    days = [today - dt.timedelta(days=ago) for ago in reversed(range(trends.DAYS))]
    by_day = {one: [found.get((one, day), (0, 0)) for day in days] for one in ids}
    return {
        one: _Uses([uses for uses, _ in rows], max(people for _, people in rows))
        for one, rows in by_day.items()
    }


def _with_uses[Row: (HashtagView, CardView)](
    found: Sequence[Row], uses: Mapping[int, _Uses]
) -> list[tuple[Row, _Uses]]:
    return [(row, uses[row.id]) for row in found]


@methods("GET")
@signed_in
async def followed_tags(request: Request) -> HttpResponse:
    rows = await tags.followed_tags(
        request.identity, Page(limit=PAGE_SIZE, max_id=query_number(request, "max_id"))
    )
    older = rows[-1][0] if len(rows) >= PAGE_SIZE else None
    context = {"hashtags": [tag for _, tag in rows], "older": older}
    return page(request, "timelines/followed_tags.html", context)


@methods("POST")
@signed_in
async def follow(request: Request, name: str) -> HttpResponse:
    tag = await following.follow_tag(identity=request.identity, name=name)
    words = _("You now follow {hashtag}. Public posts with it appear on your home timeline.").format(
        hashtag=f"#{tag.display_name}"
    )
    return redirect_with_message(request, next_path(request, path_to("followed-tags")), words)


@methods("POST")
@signed_in
async def unfollow(request: Request, name: str) -> HttpResponse:
    tag = await following.unfollow_tag(identity=request.identity, name=name)
    return redirect_with_message(
        request,
        next_path(request, path_to("followed-tags")),
        _("You no longer follow {hashtag}.").format(hashtag=f"#{tag.display_name}"),
    )
