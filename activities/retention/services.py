"""Removal of posts of other servers: in passes over all of them, in batches that can be stopped at any time."""

import datetime as dt

from activities.posts.models import Post
from activities.retention.models import RetentionPass
from activities.retention.queries import horizons, look
from core.db import async_atomic, sql
from core.logs import get_logger

log = get_logger(__name__)

REST = dt.timedelta(days=1)  # from the beginning of a pass to that of the next
_AT_ONCE = 200  # posts removed in one transaction


async def open_pass(*, is_wanted: bool = False) -> RetentionPass | None:
    """Return the pass to go on with; None while it isn't time for the next, unless `is_wanted`, or if the settings keep all posts."""
    if horizons().others is None:
        return None
    found, _ = await RetentionPass.objects.aget_or_create(pk=1)
    if found.ended_at is None:
        return found
    await sql.run(
        """UPDATE activities_retentionpass SET began_at = now(), ended_at = NULL, position = 0, looked_at = 0, removed = 0
           WHERE id = 1 AND ended_at IS NOT NULL AND (%(is_wanted)s OR began_at < now() - %(rest)s)""",
        {"is_wanted": is_wanted, "rest": REST},
    )
    await found.arefresh_from_db()
    return found if found.ended_at is None else None


async def go_on(current: RetentionPass) -> bool:
    """Look at one batch, remove what may go, and keep how far that was; return whether there may be more."""
    looked = await look(current.position)
    removed = 0
    for begin in range(0, len(looked.ids), _AT_ONCE):
        removed += await _remove(looked.ids[begin : begin + _AT_ONCE])
    current.position = looked.last
    current.looked_at += looked.count
    current.removed += removed
    is_over = not looked.count
    await sql.run(
        """UPDATE activities_retentionpass SET position = %(position)s, looked_at = %(looked_at)s, removed = %(removed)s,
           removed_in_all = removed_in_all + %(more)s, ended_at = CASE WHEN %(is_over)s THEN now() END WHERE id = 1""",
        {
            "position": current.position,
            "looked_at": current.looked_at,
            "removed": current.removed,
            "more": removed,
            "is_over": is_over,
        },
    )
    if is_over:
        log.info("retention.passed", looked_at=current.looked_at, removed=current.removed)
    return not is_over


async def _remove(ids: list[int]) -> int:
    """Remove those of these posts that may still go once nobody can like or answer them any more. Replies to them keep their URI, as if they
    had never arrived.
    """
    async with async_atomic():
        locked = await sql.column(
            "SELECT id FROM activities_post WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED",
            [ids],
        )
        gone = (await look(0, only=locked)).ids
        await sql.run(
            """UPDATE activities_post r SET in_reply_to_id = NULL, in_reply_to_uri = p.uri FROM activities_post p
               WHERE r.in_reply_to_id = p.id AND p.id = ANY(%s::bigint[])""",
            [gone],
        )
        await Post.objects.filter(pk__in=gone).adelete()
    return len(gone)
