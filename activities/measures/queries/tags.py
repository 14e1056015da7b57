"""Measures of a hashtag: by day as the worker counts them for trends, and of its newest public uses."""

import datetime as dt

from activities.measures.queries.measures import Measure
from activities.posts.models import Visibility
from activities.trends.models import TrendKind
from activities.trends.queries import uses_of
from core.db import sql
from core.ids import lowest_id_at

NEWEST = 400
"""The number of uses of a hashtag or posts of a host that are examined."""

# Served by activities_post_tag_hashtag
NEWEST_USES = f"""SELECT p.id, p.created_at, p.language, i.host FROM (
        SELECT g.post_id FROM activities_posttag g WHERE g.hashtag_id = %(tag)s AND g.post_id >= %(first)s AND g.post_id < %(after)s
        ORDER BY g.post_id DESC LIMIT {NEWEST}) g
    JOIN activities_post p ON p.id = g.post_id JOIN users_identity i ON i.id = p.author_id
    WHERE p.visibility = {Visibility.public.value} AND p.deleted_at IS NULL"""


def between(days: list[dt.date]) -> dict[str, int]:
    """Return the bounds of the ids of these days, for `NEWEST_USES` and similar queries."""
    midnight = dt.datetime.combine(days[0], dt.time(), tzinfo=dt.UTC)
    end = dt.datetime.combine(days[-1] + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)
    return {"first": lowest_id_at(midnight), "after": lowest_id_at(end)}


async def tag_days(key: str, tag_id: int, days: list[dt.date]) -> Measure:
    """Return `tag_uses` or `tag_accounts` of the last week, or the `tag_servers` of the newest uses."""
    if not days:
        return Measure(0, None, {})
    if key == "tag_servers":
        rows = await sql.rows(
            f"""WITH used AS MATERIALIZED ({NEWEST_USES})
                SELECT (created_at AT TIME ZONE 'UTC')::date, count(DISTINCT host) FROM used GROUP BY 1
                UNION ALL SELECT NULL, count(DISTINCT host) FROM used""",
            {"tag": tag_id, **between(days)},
        )
        found = dict(rows)
        return Measure(found.get(None, 0), None, {day: found.get(day, 0) for day in days})
    used = await uses_of(TrendKind.tag, [tag_id])
    place = 1 if key == "tag_accounts" else 0
    by_day = {day: used.get((tag_id, day), (0, 0))[place] for day in days}
    return Measure(sum(by_day.values()), None, by_day)
