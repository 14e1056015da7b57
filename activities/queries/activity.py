"""What happens on a domain by the week, from the figures that a job keeps and a look at what it has not counted yet."""

import datetime as dt

from core.db import sql
from core.ids import lowest_id_at
from users.models import Domain

COUNTED_TO = "activity"  # the row of activities_progress
_UNCOUNTED = 1000  # posts since the last run of the job, at most


def monday(moment: dt.datetime) -> dt.datetime:
    """The beginning of the week (UTC)."""
    day = moment.astimezone(dt.UTC).date()
    return dt.datetime.combine(day - dt.timedelta(days=day.weekday()), dt.time(), tzinfo=dt.UTC)


async def weeks(domain: Domain, starts: list[dt.datetime]) -> list[tuple[int, int, int]]:
    """For each week: posts written, people who came, people who joined, on this domain.

    Served by the primary key of weeks; for the last minutes by activities_post_of_domain; for who joined by users_identity_of_domain.
    """
    ends = [start + dt.timedelta(weeks=1) for start in starts]
    rows = await sql.rows(
        """WITH latest AS MATERIALIZED (
               SELECT p.id FROM activities_post p
               WHERE p.domain_id = %(domain)s AND p.visibility IN (0, 4) AND p.is_local AND p.boost_of_id IS NULL
               AND p.deleted_at IS NULL AND p.id > coalesce((SELECT position FROM activities_progress WHERE name = %(job)s), 0)
               ORDER BY p.id DESC LIMIT %(most)s)
           SELECT coalesce(k.posts, 0) + (SELECT count(*) FROM latest l WHERE l.id >= w.first AND l.id < w.after),
               coalesce(k.logins, 0),
               (SELECT count(*) FROM users_identity i WHERE i.domain_id = %(domain)s AND i.id >= w.first AND i.id < w.after)
           FROM unnest(%(weeks)s::date[], %(first)s::bigint[], %(after)s::bigint[]) WITH ORDINALITY AS w (week, first, after, place)
           LEFT JOIN activities_domainweek k ON k.domain_id = %(domain)s AND k.week = w.week
           ORDER BY w.place""",
        {
            "domain": domain.pk,
            "job": COUNTED_TO,
            "most": _UNCOUNTED,
            "weeks": [start.date() for start in starts],
            "first": [lowest_id_at(start) for start in starts],
            "after": [lowest_id_at(end) for end in ends],
        },
    )
    return [(posts, logins, joined) for posts, logins, joined in rows]
