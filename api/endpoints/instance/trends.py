"""Trends (docs.joinmastodon.org/methods/trends), computed by the worker every five minutes."""

from typing import Annotated

import msgspec

from activities.trends.models import TrendKind
from activities.trends.queries import Trending, trending_hashtags, trending_links, trending_posts, uses_of
from api.entities.preview_card import TrendsLink, trends_link
from api.entities.status import Status, statuses
from api.entities.tag import Tag
from api.pagination import link_offsets
from api.parameters import Limit
from api.routing import Call, endpoint
from api.tags import history_of, tags_of


class ShortPage(msgspec.Struct):
    limit: Annotated[int, Limit(10, 20)] = 10
    offset: Annotated[int, Limit(0, 10_000)] = 0

    def on(self, call: Call) -> Trending:
        return Trending(call.domain, self.limit, self.offset)


class LongPage(msgspec.Struct):
    limit: Annotated[int, Limit(20, 40)] = 20
    offset: Annotated[int, Limit(0, 10_000)] = 0

    def on(self, call: Call) -> Trending:
        return Trending(call.domain, self.limit, self.offset)


@endpoint("GET", "/api/v1/trends/tags", auth="either")
async def tags(call: Call, asked: ShortPage) -> list[Tag]:
    """Return hashtags used by more people than usual."""
    found = await trending_hashtags(asked.on(call))
    link_offsets(call, limit=asked.limit, offset=asked.offset, count=len(found))
    return await tags_of(call, found)


@endpoint("GET", "/api/v1/trends", auth="either")
async def tags_by_old_name(call: Call, asked: ShortPage) -> list[Tag]:
    return await tags(call, asked)


@endpoint("GET", "/api/v1/trends/statuses", auth="either")
async def posts(call: Call, asked: LongPage) -> list[Status]:
    """List posts with many likes and boosts."""
    found = await trending_posts(call.viewer, asked.on(call))
    link_offsets(call, limit=asked.limit, offset=asked.offset, count=len(found))
    return statuses(found, call.viewpoint)


@endpoint("GET", "/api/v1/trends/links", auth="either")
async def links(call: Call, asked: ShortPage) -> list[TrendsLink]:
    """Return pages linked by more people than usual."""
    found = await trending_links(asked.on(call))
    link_offsets(call, limit=asked.limit, offset=asked.offset, count=len(found))
    used = await uses_of(TrendKind.link, [card.id for card in found]) if found else {}
    return [trends_link(card, call.viewpoint, history_of(card.id, used)) for card in found]
