"""The home timeline of the last days, sorted for catching up."""

import datetime as dt
from enum import StrEnum

from activities.posts.queries.posts import read_picked
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import in_timeline
from activities.timelines.queries.timelines import NOT_LIST_ONLY
from core.db.statements import Statement
from core.ids import lowest_id_at
from users.identities.models import Identity

CATCH_UP = Statement(
    "timelines.catch_up",
    "The home timeline since a given time, sorted.",
    "activities_homeentry_pkey",
    "activities_post_pkey",
)


class Order(StrEnum):
    """The sort orders for catching up. Boosts count with likes; `length` uses a boosted post's own text."""

    boosts = "boosts"
    author = "author"
    length = "length"
    oldest = "oldest"


MOST = 150  # entries of the home timeline, the newest: each is looked up before sorting
_SORTED = {
    Order.boosts: "s.liked DESC, s.id DESC",
    Order.author: "lower(a.username), lower(a.host), s.id DESC",
    Order.length: "s.length DESC, s.id DESC",
    Order.oldest: "s.id",
}
_NAMED = {Order.author: " JOIN users_identity a ON a.id = s.by_id"}


async def catch_up(
    viewer: Identity, *, since: dt.datetime, order: Order, limit: int, offset: int
) -> list[PostView]:
    """Return posts and boosts of others in the viewer's home timeline since a moment, each post once, the newest MOST at most.

    One range of the primary key of home entries, then a look-up of each post; visibility is checked in the order of the page, as far as
    necessary.
    """
    condition = in_timeline(viewer, by_anyone=False) & NOT_LIST_ONLY
    picked = CATCH_UP(
        f"""WITH missed AS MATERIALIZED (
                SELECT p.id, p.boost_of_id, p.author_id, coalesce(o.id, p.id) AS original_id,
                    coalesce(o.author_id, p.author_id) AS by_id, length(coalesce(o.content, p.content)) AS length,
                    coalesce(o.boosts_count + o.likes_count, p.boosts_count + p.likes_count) AS liked
                FROM (SELECT e.post_id FROM activities_homeentry e WHERE e.identity_id = %(viewer_id)s AND e.post_id >= %(since)s
                    ORDER BY e.post_id DESC LIMIT {MOST}) e
                CROSS JOIN LATERAL (SELECT q.* FROM activities_post q WHERE q.id = e.post_id OFFSET 0) p
                LEFT JOIN LATERAL (SELECT q.* FROM activities_post q WHERE q.id = p.boost_of_id OFFSET 0) o ON p.boost_of_id IS NOT NULL
                WHERE p.author_id <> %(viewer_id)s),
            once AS (
                SELECT s.id, row_number() OVER (ORDER BY {_SORTED[order]}) AS place
                FROM (SELECT DISTINCT ON (m.original_id) m.* FROM missed m ORDER BY m.original_id, m.id) s{_NAMED.get(order, "")})
            SELECT p.id, p.boost_of_id, -s.place AS rank FROM (SELECT * FROM once ORDER BY place OFFSET 0) s
            CROSS JOIN LATERAL (SELECT q.* FROM activities_post q WHERE q.id = s.id OFFSET 0) p
            WHERE {condition} ORDER BY s.place LIMIT %(limit)s OFFSET %(offset)s""",
        condition,
        viewer_id=viewer.pk,
        since=lowest_id_at(since),
        limit=limit,
        offset=offset,
    )
    return await read_picked(picked, viewer)
