"""Activities that were revoked before they arrived, because order is not guaranteed between servers.

The later signature counts, not the id: many servers give a second follow or like the id of the first.
"""

import datetime as dt

from core.db import sql
from federation.documents import MAX_URI, same_host

_REPLACED = "replaced "  # no id begins like this


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


async def remember_replaced(uri: str) -> None:
    """Keep that the follow, block, like or boost `uri` is over or has a successor: an Undo of it that comes late means no other one."""
    if uri and len(uri) <= MAX_URI - len(_REPLACED):
        await sql.run(
            """INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%s, NULL, now())
               ON CONFLICT (uri) DO UPDATE SET created_at = now()""",
            [_REPLACED + uri],
        )


async def undo_applies(undone: str, standing: str) -> bool:
    """Return whether an Undo of the id `undone` is about the activity `standing`, and not about one before it: it may come late, or once more.

    An id that was never seen here may mean the one that stands all the same: some servers make up the id inside an Undo. Primary key.
    """
    if not undone or not standing:
        return True
    if undone != standing:
        return not await is_over(undone)
    await remember_replaced(undone)
    return True


async def is_over(uri: str) -> bool:
    """Return whether the activity `uri` ended, or another took its place (primary key)."""
    return await sql.value("SELECT 1 FROM users_undone WHERE uri = %s", [_REPLACED + uri]) is not None
