"""Activities that were revoked before they arrived, because order is not guaranteed between servers.

The later signature counts, not the id: many servers give a second follow or like the id of the first.
"""

import datetime as dt

from core.db import sql
from federation.documents import MAX_URI, same_host

_REPLACED = "replaced "  # no id begins like this


async def remember_revoked(uri: str, *, actor_uri: str, said_at: dt.datetime) -> bool:
    """Record that the activity `uri` was revoked at `said_at`. Ids on another server than the actor's are ignored.

    Return False for a repeat of a known Undo, which can only mean what has this id.
    """
    if not uri or len(uri) > MAX_URI or not same_host(uri, actor_uri):
        return True
    return bool(
        await sql.value(
            """WITH before AS (SELECT said_at FROM users_undone WHERE uri = %(uri)s)
               INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%(uri)s, %(said_at)s, now())
               ON CONFLICT (uri) DO UPDATE SET said_at = greatest(known.said_at, excluded.said_at), created_at = now()
               RETURNING coalesce((SELECT said_at FROM before) < %(said_at)s, true)""",
            {"uri": uri, "said_at": said_at},
        )
    )


async def was_revoked(uri: str, said_at: dt.datetime) -> bool:
    """Return whether the activity `uri`, sent at `said_at`, was revoked later than that (primary key).

    Both times are from the sender's clock, in whole seconds. A revocation within the same second does not count, so that nothing is lost.
    """
    found = "SELECT 1 FROM users_undone WHERE uri = %s AND said_at > %s"
    return bool(uri) and await sql.value(found, [uri, said_at]) is not None


async def was_deleted(uri: str) -> bool:
    """Return whether the object `uri` was deleted by its server before it arrived here (primary key). Ids are not reused."""
    return await sql.value("SELECT 1 FROM users_undone WHERE uri = %s", [uri]) is not None


async def remember_replaced(uri: str) -> None:
    """Record that the follow, block, like or boost `uri` ended or was replaced, so that a late Undo of it ends no other one."""
    if uri and len(uri) <= MAX_URI - len(_REPLACED):
        await sql.run(
            """INSERT INTO users_undone AS known (uri, said_at, created_at) VALUES (%s, NULL, now())
               ON CONFLICT (uri) DO UPDATE SET created_at = now()""",
            [_REPLACED + uri],
        )


async def undo_applies(undone: str, standing: str) -> bool:
    """Return whether an Undo of the id `undone` applies to the current activity `standing`, not to an earlier one: it may be late or repeated.

    It also applies when that id was never seen here: some servers make up the id inside an Undo. Primary key.
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
