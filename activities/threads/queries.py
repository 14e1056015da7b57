"""Recent posts of a conversation, for open pages."""

import datetime as dt

from core.db import sql
from core.db.statements import Statement

FETCHED = Statement(
    "threads.fetched", "The posts of a conversation that were received recently.", "activities_post_thread"
)
_MAX_COUNT = 4096
_CAME = "CASE WHEN p.is_local THEN p.created_at ELSE p.fetched_at END"


async def posts_since(post_id: int, since: dt.datetime) -> dict[int, dt.datetime]:
    """Return the posts of this post's conversation that arrived or were written since, by id, each with its time.

    The caller filters them by visibility.
    """
    found = await sql.rows(
        FETCHED(
            f"""SELECT p.id, {_CAME} FROM activities_post p
                WHERE p.conversation_id = (SELECT o.conversation_id FROM activities_post o WHERE o.id = %(post)s)
                AND {_CAME} >= %(since)s LIMIT {_MAX_COUNT}""",
            post=post_id,
            since=since,
        )
    )
    return {row[0]: row[1] for row in found}
