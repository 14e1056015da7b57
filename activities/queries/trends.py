"""Trends as the worker computed them last, and the days of use behind them."""

import datetime as dt
from collections.abc import Collection

from activities.models import TrendKind
from activities.queries.posts import CardView, PostView, read_picked
from activities.queries.search import HashtagView
from activities.queries.visibility import listed
from core import clock
from core.db import sql
from users.models import Identity

DAYS = 7


async def trending_posts(viewer: Identity | None, *, limit: int, offset: int) -> list[PostView]:
    """The viewer's share of the trending posts: nothing of people they mute or block. Served by the primary key of trends."""
    condition, parameters = listed(viewer)
    picked = f"""SELECT p.id, p.boost_of_id, -k.place AS rank FROM activities_trend k JOIN activities_post p ON p.id = k.target_id
        WHERE k.kind = '{TrendKind.post.value}' AND {condition} ORDER BY k.place LIMIT %(limit)s OFFSET %(offset)s"""
    return await read_picked(picked, {**parameters, "limit": limit, "offset": offset}, viewer)


async def trending_hashtags(*, limit: int, offset: int) -> list[HashtagView]:
    return await sql.structs(
        HashtagView,
        """SELECT h.id, h.name, h.display_name, h.created_at FROM activities_trend k JOIN activities_hashtag h ON h.id = k.target_id
           WHERE k.kind = 'tag' ORDER BY k.place LIMIT %s OFFSET %s""",
        [limit, offset],
    )


async def trending_links(*, limit: int, offset: int) -> list[CardView]:
    return await sql.structs(
        CardView,
        """SELECT c.url, c.type, c.title, c.description, c.language, c.author_name, c.author_url, c.provider_name,
                  c.provider_url, c.html, c.embed_url, c.width, c.height, c.image_url, c.image_description,
                  to_json(c.published_at)#>>'{}', c.id
           FROM activities_trend k JOIN activities_previewcard c ON c.id = k.target_id
           WHERE k.kind = 'link' ORDER BY k.place LIMIT %s OFFSET %s""",
        [limit, offset],
    )


async def uses_of(kind: TrendKind, ids: Collection[int]) -> dict[tuple[int, dt.date], tuple[int, int]]:
    """`{(target, day): (uses, people)}` of the last week, as counted last. A range of the primary key for each."""
    found = await sql.rows(
        """SELECT target_id, day, uses, people FROM activities_dailyuse
           WHERE kind = %s AND target_id = ANY(%s::bigint[]) AND day > %s""",
        [kind.value, list(ids), clock.now().date() - dt.timedelta(days=DAYS)],
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in found}
