"""Timelines, likes and bookmarks (docs.joinmastodon.org/methods/timelines, favourites, bookmarks)."""

from collections.abc import Sequence
from typing import Annotated

from activities.posts.queries.views import PostView
from activities.timelines.queries import timelines
from api.entities.status import Status, statuses
from api.pagination import StatusPage, link_posts
from api.parameters import Length
from api.routing import Call, endpoint
from core.errors import NotFound

MAX_TAGS = 4  # of each kind, as in Mastodon


def _shown(call: Call, page: StatusPage, found: Sequence[PostView]) -> list[Status]:
    link_posts(call, found, limit=page.limit)
    return statuses(found, call.viewpoint)


@endpoint("GET", "/api/v1/timelines/home", scope="read:statuses", auth="user")
async def home(call: Call, page: StatusPage) -> list[Status]:
    return _shown(call, page, await timelines.home(call.me, page.here()))


class PublicPage(StatusPage, kw_only=True):
    local: bool = False
    remote: bool = False
    only_media: bool = False


@endpoint("GET", "/api/v1/timelines/public", scope="read:statuses", auth="either")
async def public(call: Call, page: PublicPage) -> list[Status]:
    if page.local and not page.remote:
        found = await timelines.local(call.viewer, call.domain, page.here(), only_media=page.only_media)
    else:
        found = await timelines.federated(
            call.viewer, page.here(), only_media=page.only_media, remote=page.remote
        )
    return _shown(call, page, found)


class TagPage(PublicPage, kw_only=True):
    any: list[str] = []
    all: list[str] = []
    none: list[str] = []


@endpoint("GET", "/api/v1/timelines/tag/<hashtag>", scope="read:statuses", auth="either")
async def tag(call: Call, hashtag: str, page: TagPage) -> list[Status]:
    """List posts with the hashtag, or one of `any`; of these, those with all of `all` and none of `none`."""
    found = await timelines.hashtag(
        hashtag,
        call.viewer,
        page.here(),
        or_any=page.any[:MAX_TAGS],
        and_all=page.all[:MAX_TAGS],
        and_none=page.none[:MAX_TAGS],
        of_domain=call.domain if page.local and not page.remote else None,
        remote=page.remote and not page.local,
        only_media=page.only_media,
    )
    return _shown(call, page, found)


class LinkPage(StatusPage, kw_only=True):
    url: Annotated[str, Length(2048)]


@endpoint("GET", "/api/v1/timelines/link", scope="read:statuses", auth="either")
async def link(call: Call, page: LinkPage) -> list[Status]:
    """List posts with a currently trending link."""
    found = await timelines.linking(page.url, call.viewer, page.here(), call.domain)
    if found is None:
        raise NotFound
    return _shown(call, page, found)


@endpoint("GET", "/api/v1/favourites", scope="read:favourites", auth="user")
async def favourites(call: Call, page: StatusPage) -> list[Status]:
    """Return the caller's likes, latest first; paged by like."""
    return _shown(call, page, await timelines.likes(call.me, page.here()))


@endpoint("GET", "/api/v1/bookmarks", scope="read:bookmarks", auth="user")
async def bookmarks(call: Call, page: StatusPage) -> list[Status]:
    """Return the caller's bookmarks, latest first; paged by bookmark."""
    return _shown(call, page, await timelines.bookmarks(call.me, page.here()))
