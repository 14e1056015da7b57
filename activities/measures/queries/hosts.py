"""Measures of another server, from its newest thousand rows of each kind, because nothing counts them for every host."""

import datetime as dt

from activities.measures.queries.measures import Measure
from core.db import sql
from users.relations.queries.predicates import FOLLOWS

MOST = 1000
"""The number of rows of each kind that are counted; if there are more, the total is this."""
_PEOPLE = 200  # whose posts, follows and reports are counted

# served by users_identity_host
_OF_HOST = "SELECT i.id FROM users_identity i WHERE lower(i.host) = %(host)s AND i.deleted_at IS NULL"
_FEW = f"SELECT f.id FROM ({_OF_HOST} LIMIT {MOST}) f LIMIT {_PEOPLE}"


def _each(inner: str) -> str:
    """Return some rows (moment, 1) of each of those identities."""
    return f"SELECT o.at, 1 FROM ({_FEW}) f CROSS JOIN LATERAL ({inner} LIMIT 5) o"


# (moment, value) of each row. Served by activities_post_author, users_follow_source, users_follow_target, users_report_of_target,
# federation_remotefile_host
_ROWS = {
    "instance_accounts": f"SELECT i.created_at, 1 FROM users_identity i WHERE lower(i.host) = %(host)s AND i.deleted_at IS NULL LIMIT {MOST}",
    "instance_statuses": _each(
        "SELECT p.created_at AS at FROM activities_post p WHERE p.author_id = f.id AND p.deleted_at IS NULL ORDER BY p.id DESC"
    ),
    "instance_media_attachments": f"""SELECT r.viewed_at, r.bytes FROM federation_remotefile r
        WHERE r.host = %(host)s AND r.file <> '' ORDER BY r.viewed_at DESC LIMIT {MOST}""",
    "instance_reports": _each("SELECT r.created_at AS at FROM users_report r WHERE r.target_id = f.id"),
    "instance_follows": _each(
        f"SELECT w.created_at AS at FROM {FOLLOWS} w JOIN users_identity s ON s.id = w.source_id WHERE w.target_id = f.id AND s.domain_id IS NOT NULL"
    ),
    "instance_followers": _each(
        f"SELECT w.created_at AS at FROM {FOLLOWS} w JOIN users_identity t ON t.id = w.target_id WHERE w.source_id = f.id AND t.domain_id IS NOT NULL"
    ),
}
HOST_KEYS = frozenset(_ROWS)


async def host_days(key: str, host: str, days: list[dt.date]) -> Measure:
    """Return a measure of another server, by day of the rows that were looked at."""
    rows = await sql.rows(
        f"""SELECT (o.at AT TIME ZONE 'UTC')::date, sum(o.value) FROM ({_ROWS[key]}) o (at, value) GROUP BY 1""",
        {"host": host},
    )
    found = {day: int(value) for day, value in rows}
    return Measure(sum(found.values()), None, {day: found.get(day, 0) for day in days})
