"""Review of trends by staff (docs.joinmastodon.org/methods/admin/trends, which does not document approving and rejecting)."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import msgspec

from activities.posts.queries.posts import get_post
from activities.reviews.models import ReviewKind
from activities.reviews.queries import decisions, publisher, publishers
from activities.trends.queries import (
    Trending,
    link_by_id,
    trending_hashtags,
    trending_links,
    trending_posts,
)
from api.entities.admin_trends import AdminStatus, AdminTag, AdminTrendsLink, PreviewCardProvider, provider
from api.pagination import Cursors, link_offsets, link_rows
from api.parameters import Id, Limit
from api.routing import Call, endpoint
from api.services.trends import review, reviewer, shown_links, shown_posts, shown_tag, shown_tags
from core.errors import NotFound

PATH = "/api/v1/admin/trends"
TAGS, LINKS, STATUSES, PUBLISHERS = (
    f"{PATH}/tags",
    f"{PATH}/links",
    f"{PATH}/statuses",
    f"{PATH}/links/publishers",
)
READ, WRITE = "admin:read", "admin:write"
PAGE = Limit(100, 200)


class TrendPage(msgspec.Struct):
    limit: Annotated[int, Limit(100, 100)] = 100
    offset: Annotated[int, Limit(0, 10_000)] = 0


class PostPage(TrendPage):
    limit: Annotated[int, Limit(20, 40)] = 20


class PublisherPage(Cursors, kw_only=True):
    limit: Annotated[int, PAGE] = PAGE.default


async def _listed[Found, Shown](
    call: Call,
    asked: TrendPage,
    find: Callable[[Trending], Awaitable[list[Found]]],
    show: Callable[[Call, list[Found]], Awaitable[list[Shown]]],
) -> list[Shown]:
    """Return a page of trends, approved or not."""
    reviewer(call)
    found = await find(Trending(call.domain, asked.limit, asked.offset, unseen=True))
    link_offsets(call, limit=asked.limit, offset=asked.offset, count=len(found))
    return await show(call, found)


async def _decided[Shown](
    call: Call,
    kind: ReviewKind,
    target_id: int,
    show: Callable[[Call, int], Awaitable[Shown]],
    *,
    is_trendable: bool,
) -> Shown:
    """Decide about an object, and return its current state."""
    if (
        kind == ReviewKind.post
    ):  # looked up first: a caller without permission must not learn whether it exists
        reviewer(call)
    await review(call, kind, target_id, is_trendable=is_trendable)
    return await show(call, target_id)


@endpoint("GET", TAGS, scope=READ, auth="user")
async def list_tags(call: Call, asked: TrendPage) -> list[AdminTag]:
    """List trending hashtags, approved or not."""
    return await _listed(call, asked, trending_hashtags, shown_tags)


@endpoint("POST", f"{TAGS}/<id>/approve", scope=WRITE, auth="user")
async def approve_tag(call: Call, id: Id) -> AdminTag:
    """Approve a hashtag for trends."""
    return await _decided(call, ReviewKind.tag, id, shown_tag, is_trendable=True)


@endpoint("POST", f"{TAGS}/<id>/reject", scope=WRITE, auth="user")
async def reject_tag(call: Call, id: Id) -> AdminTag:
    """Reject a hashtag for trends."""
    return await _decided(call, ReviewKind.tag, id, shown_tag, is_trendable=False)


@endpoint("GET", STATUSES, scope=READ, auth="user")
async def list_statuses(call: Call, asked: PostPage) -> list[AdminStatus]:
    """List trending posts, approved or not, except those of accounts that the caller mutes or blocks."""
    return await _listed(call, asked, partial(trending_posts, call.viewer), shown_posts)


async def _post(call: Call, post_id: int) -> AdminStatus:
    return (await shown_posts(call, [await get_post(post_id, call.viewer)]))[0]


@endpoint("POST", f"{STATUSES}/<id>/approve", scope=WRITE, auth="user")
async def approve_status(call: Call, id: Id) -> AdminStatus:
    """Approve a post for trends."""
    return await _decided(call, ReviewKind.post, id, _post, is_trendable=True)


@endpoint("POST", f"{STATUSES}/<id>/reject", scope=WRITE, auth="user")
async def reject_status(call: Call, id: Id) -> AdminStatus:
    """Reject a post for trends."""
    return await _decided(call, ReviewKind.post, id, _post, is_trendable=False)


@endpoint("GET", LINKS, scope=READ, auth="user")
async def list_links(call: Call, asked: TrendPage) -> list[AdminTrendsLink]:
    """List trending links, approved or not."""
    return await _listed(call, asked, trending_links, shown_links)


async def _link(call: Call, card_id: int) -> AdminTrendsLink:
    found = await link_by_id(card_id)
    if found is None:
        raise NotFound
    return (await shown_links(call, [found]))[0]


@endpoint("POST", f"{LINKS}/<id>/approve", scope=WRITE, auth="user")
async def approve_link(call: Call, id: Id) -> AdminTrendsLink:
    """Approve a link for trends."""
    return await _decided(call, ReviewKind.link, id, _link, is_trendable=True)


@endpoint("POST", f"{LINKS}/<id>/reject", scope=WRITE, auth="user")
async def reject_link(call: Call, id: Id) -> AdminTrendsLink:
    """Reject a link for trends."""
    return await _decided(call, ReviewKind.link, id, _link, is_trendable=False)


@endpoint("GET", PUBLISHERS, scope=READ, auth="user")
async def list_publishers(call: Call, asked: PublisherPage) -> list[PreviewCardProvider]:
    """List the sites whose links trended, newest first."""
    reviewer(call)
    found = await publishers(call.domain.pk, asked.page(asked.limit))
    link_rows(call, [row[0] for row in found], limit=asked.limit)
    return [provider(*row) for row in found]


async def _publisher(call: Call, publisher_id: int) -> PreviewCardProvider:
    found = await publisher(publisher_id)
    if found is None:
        raise NotFound
    decided = await decisions(ReviewKind.publisher, [publisher_id], call.domain.pk)
    return provider(publisher_id, found.host, decided[publisher_id].is_trendable)


@endpoint("POST", f"{PUBLISHERS}/<id>/approve", scope=WRITE, auth="user")
async def approve_publisher(call: Call, id: Id) -> PreviewCardProvider:
    """Approve the links of a site for trends, except those with a decision of their own."""
    return await _decided(call, ReviewKind.publisher, id, _publisher, is_trendable=True)


@endpoint("POST", f"{PUBLISHERS}/<id>/reject", scope=WRITE, auth="user")
async def reject_publisher(call: Call, id: Id) -> PreviewCardProvider:
    """Reject the links of a site for trends, except those with a decision of their own."""
    return await _decided(call, ReviewKind.publisher, id, _publisher, is_trendable=False)
