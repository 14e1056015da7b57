"""Posts of a conversation that came lately, for pages that are open."""

import datetime as dt

from core.db import sql
from core.db.statements import Statement

FETCHED = Statement(
    "threads.fetched", "The posts of a conversation that came lately.", "activities_post_thread"
)
_MOST = 4096


async def fetched_between(post_id: int, since: dt.datetime, until: dt.datetime | None) -> set[int]:
    """Return ids of the remote posts in this post's conversation that came in this time. The caller shows those that the viewer may see."""
    found = await sql.column(
        FETCHED(
            f"""SELECT p.id FROM activities_post p
                WHERE p.conversation_id = (SELECT o.conversation_id FROM activities_post o WHERE o.id = %(post)s)
                AND p.fetched_at >= %(since)s AND (%(until)s::timestamptz IS NULL OR p.fetched_at < %(until)s::timestamptz)
                AND NOT p.is_local LIMIT {_MOST}""",
            post=post_id,
            since=since,
            until=until,
        )
    )
    return set(found)
