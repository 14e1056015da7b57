"""Trending hashtags, and the hashtags that a user follows."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.tags import queries as tags
from activities.tags.services import following
from activities.trends import queries as trends
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.pages.addresses import path_to
from web.pages import check_open, next_path, page, query_number, redirect_with_message, signed_in
from web.paging import PAGE_SIZE

_FEW = 10
_FARTHEST = 10_000


@methods("GET")
async def explore(request: Request) -> HttpResponse:
    check_open(request)
    offset = min(query_number(request, "offset") or 0, _FARTHEST)
    posts = await trends.trending_posts(request.identity, trends.Trending(request.domain, PAGE_SIZE, offset))
    few = trends.Trending(request.domain, _FEW)
    context = {
        "posts": await apply_filters(posts, request.identity, FilterContext.public),
        "older": offset + PAGE_SIZE if len(posts) >= PAGE_SIZE else None,
        "pager": "offset",
        "hashtags": await trends.trending_hashtags(few) if not offset else [],
        "links": await trends.trending_links(few) if not offset else [],
    }
    return page(request, "timelines/explore.html", context)


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
