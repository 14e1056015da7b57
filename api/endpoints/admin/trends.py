"""Trends as staff review them (docs.joinmastodon.org/methods/admin/trends), which says nothing of approving and rejecting."""

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

    def on(self, call: Call) -> Trending:
        return Trending(call.domain, self.limit, self.offset, unseen=True)


class PostPage(TrendPage):
    limit: Annotated[int, Limit(20, 40)] = 20


class PublisherPage(Cursors, kw_only=True):
    limit: Annotated[int, PAGE] = PAGE.default


@endpoint("GET", TAGS, scope=READ, auth="user")
async def list_tags(call: Call, asked: TrendPage) -> list[AdminTag]:
    """List what trends, approved or not."""
    reviewer(call)
    found = await trending_hashtags(asked.on(call))
    link_offsets(call, limit=asked.limit, offset=asked.offset, count=len(found))
    return await shown_tags(call, found)


@endpoint("POST", f"{TAGS}/<id>/approve", scope=WRITE, auth="user")
async def approve_tag(call: Call, id: Id) -> AdminTag:
    """Let a hashtag trend."""
    await review(call, ReviewKind.tag, id, is_trendable=True)
    return await shown_tag(call, id)


@endpoint("POST", f"{TAGS}/<id>/reject", scope=WRITE, auth="user")
async def reject_tag(call: Call, id: Id) -> AdminTag:
    """Keep a hashtag out of the trends."""
    await review(call, ReviewKind.tag, id, is_trendable=False)
    return await shown_tag(call, id)


@endpoint("GET", STATUSES, scope=READ, auth="user")
async def list_statuses(call: Call, asked: PostPage) -> list[AdminStatus]:
    """List what trends, approved or not, but for posts of people whom the caller mutes or blocks."""
    reviewer(call)
    found = await trending_posts(call.viewer, asked.on(call))
    link_offsets(call, limit=asked.limit, offset=asked.offset, count=len(found))
    return await shown_posts(call, found)


async def _review_post(call: Call, post_id: int, *, is_trendable: bool) -> AdminStatus:
    reviewer(call)
    await review(call, ReviewKind.post, post_id, is_trendable=is_trendable)
    return (await shown_posts(call, [await get_post(post_id, call.viewer)]))[0]


@endpoint("POST", f"{STATUSES}/<id>/approve", scope=WRITE, auth="user")
async def approve_status(call: Call, id: Id) -> AdminStatus:
    """Let a post trend."""
    return await _review_post(call, id, is_trendable=True)


@endpoint("POST", f"{STATUSES}/<id>/reject", scope=WRITE, auth="user")
async def reject_status(call: Call, id: Id) -> AdminStatus:
    """Keep a post out of the trends."""
    return await _review_post(call, id, is_trendable=False)


@endpoint("GET", LINKS, scope=READ, auth="user")
async def list_links(call: Call, asked: TrendPage) -> list[AdminTrendsLink]:
    """List what trends, approved or not."""
    reviewer(call)
    found = await trending_links(asked.on(call))
    link_offsets(call, limit=asked.limit, offset=asked.offset, count=len(found))
    return await shown_links(call, found)


async def _link(call: Call, card_id: int) -> AdminTrendsLink:
    found = await link_by_id(card_id)
    if found is None:
        raise NotFound
    return (await shown_links(call, [found]))[0]


@endpoint("POST", f"{LINKS}/<id>/approve", scope=WRITE, auth="user")
async def approve_link(call: Call, id: Id) -> AdminTrendsLink:
    """Let a page trend."""
    await review(call, ReviewKind.link, id, is_trendable=True)
    return await _link(call, id)


@endpoint("POST", f"{LINKS}/<id>/reject", scope=WRITE, auth="user")
async def reject_link(call: Call, id: Id) -> AdminTrendsLink:
    """Keep a page out of the trends."""
    await review(call, ReviewKind.link, id, is_trendable=False)
    return await _link(call, id)


@endpoint("GET", PUBLISHERS, scope=READ, auth="user")
async def list_publishers(call: Call, asked: PublisherPage) -> list[PreviewCardProvider]:
    """List the sites whose pages trended, the newest first."""
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
    """Let the pages of a site trend, but for those about which somebody decided otherwise."""
    await review(call, ReviewKind.publisher, id, is_trendable=True)
    return await _publisher(call, id)


@endpoint("POST", f"{PUBLISHERS}/<id>/reject", scope=WRITE, auth="user")
async def reject_publisher(call: Call, id: Id) -> PreviewCardProvider:
    """Keep the pages of a site out of the trends, but for those about which somebody decided otherwise."""
    await review(call, ReviewKind.publisher, id, is_trendable=False)
    return await _publisher(call, id)
