"""Dimensions: the most frequent values of a property, with their counts."""

import datetime as dt
import platform

import msgspec

from activities.measures.models import SERVER
from activities.measures.queries.tags import NEWEST, NEWEST_USES, between
from core.config.version import VERSION
from core.db import sql
from users.roles.models import Scope


class Entry(msgspec.Struct, frozen=True):
    """A value, its count, and its display name if that differs."""

    key: str
    value: int
    name: str = ""


_OF_PEOPLE = {"languages": "language", "sources": "app"}
_NEWEST_POSTS = 1000


def _of_host(limit: int) -> str:
    return f"""SELECT i.id, i.followers_count, i.username FROM users_identity i
        WHERE lower(i.host) = %(host)s AND i.deleted_at IS NULL LIMIT {limit}"""


# Each has the columns (key, value). Served by the primary keys of posts and identities, activities_post_tag_hashtag, users_identity_host,
# activities_post_author
_COUNTED = {
    "servers": f"""SELECT i.host, count(*) FROM (
            SELECT p.author_id FROM activities_post p WHERE p.id >= %(first)s AND p.id < %(after)s AND NOT p.is_local AND p.deleted_at IS NULL
            ORDER BY p.id DESC LIMIT {_NEWEST_POSTS}) p JOIN users_identity i ON i.id = p.author_id GROUP BY 1""",
    "tag_servers": f"SELECT u.host, count(*) FROM ({NEWEST_USES}) u GROUP BY 1",
    "tag_languages": f"SELECT coalesce(u.language, 'und'), count(*) FROM ({NEWEST_USES}) u GROUP BY 1",
    "instance_accounts": f"SELECT f.username, f.followers_count FROM ({_of_host(1000)}) f",
    "instance_languages": f"""SELECT coalesce(o.language, 'und'), count(*) FROM ({_of_host(NEWEST // 2)}) f CROSS JOIN LATERAL (
            SELECT p.language FROM activities_post p WHERE p.author_id = f.id AND p.deleted_at IS NULL ORDER BY p.id DESC LIMIT 2) o
            GROUP BY 1""",
}
COUNTED_KEYS = frozenset(_COUNTED)


async def dimension(
    key: str, scope: Scope, days: list[dt.date], *, limit: int, tag_id: int = 0, host: str = ""
) -> list[Entry]:
    """Return the most frequent values of a dimension: of logins as counted by a job, of posts among the newest."""
    if key in _OF_PEOPLE:
        return await sql.structs(
            Entry,
            """SELECT CASE WHEN g.entry = '' THEN 'und' ELSE g.entry END, sum(g.people)::bigint FROM activities_peoplegroup g
               WHERE g.key = %s AND g.domain_id = ANY(%s::bigint[]) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s""",
            [_OF_PEOPLE[key], [SERVER] if scope is None else sorted(scope), limit],
        )
    if not days:
        return []
    return await sql.structs(
        Entry,
        f"SELECT c.key, c.value::bigint FROM ({_COUNTED[key]}) c (key, value) ORDER BY c.value DESC, c.key LIMIT %(limit)s",
        {"tag": tag_id, "host": host, "limit": limit, **between(days)},
    )


async def software() -> dict[str, str]:
    """Return the versions of the software in use, by name."""
    database = await sql.value("SHOW server_version")
    return {"takahe": VERSION, "postgresql": str(database).split()[0], "python": platform.python_version()}


async def database_bytes() -> int:
    """Return the size of the database in bytes."""
    return int(await sql.value("SELECT pg_database_size(current_database())"))
