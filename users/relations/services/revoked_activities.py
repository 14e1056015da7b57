"""Activities that were taken back before they arrived: order is not guaranteed between servers.

What counts is which of the two was signed later, not which id was seen: many servers give a second follow or like the id of the first.
"""

import datetime as dt

from core.db import sql
from federation.documents import MAX_URI, same_host


async def remember_revoked(uri: str, *, actor_uri: str, said_at: dt.datetime) -> None:
    """Keep that the activity `uri` was taken back at `said_at`. An actor takes back only what is of its own server."""
    if uri and len(uri) <= MAX_URI and same_host(uri, actor_uri):
        await sql.run(
            """INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%s, %s, now())
               ON CONFLICT (uri) DO UPDATE SET said_at = greatest(known.said_at, excluded.said_at), created_at = now()""",
            [uri, said_at],
        )


async def was_revoked(uri: str, said_at: dt.datetime) -> bool:
    """Return whether the activity `uri`, said at `said_at`, was taken back later than that (primary key).

    Both times are of the sender's clock and to the second; within one second it was not, so that nothing is lost.
    """
    found = "SELECT 1 FROM users_undone WHERE uri = %s AND said_at > %s"
    return bool(uri) and await sql.value(found, [uri, said_at]) is not None


async def was_deleted(uri: str) -> bool:
    """Return whether its server said that the object `uri`, which was not here, is deleted (primary key). Its id is not given again."""
    return await sql.value("SELECT 1 FROM users_undone WHERE uri = %s", [uri]) is not None
