"""Recording that a conversation is opened. The worker does the rest (handlers.py)."""

from typing import NamedTuple

from activities.posts.models import Visibility
from activities.threads.models import WalkGraph
from core.db import sql
from core.db.statements import Statement
from stator.transitions import is_request_due, restart_request

REQUEST = Statement(
    "threads.request",
    "Requests the replies of a conversation, unless they were requested recently.",
    "activities_post_pkey",
    "activities_threadwalk_conversation_id_key",
    "activities_post_thread",
)
PROGRESS = Statement(
    "threads.progress",
    "The progress of fetching a conversation's replies.",
    "activities_post_pkey",
    "activities_threadwalk_conversation_id_key",
)
_PUBLIC = f"visibility <= {Visibility.unlisted.value}"
_WAITS = {WalkGraph.walked: "interval '15 minutes'", WalkGraph.failed: "interval '1 hour'"}
_FROM_THE_START = """post_id = excluded.post_id, host = excluded.host, began_at = NULL, posts = 0, requests = 0, contexts = 0, reason = '',
    ahead = '[]', seen = '[]', hosts = '{}'"""
_LOOKED_AT = 100  # newest posts of a conversation, of which one must be remote


class Progress(NamedTuple):
    """The progress of a walk. `posts` were fetched so far."""

    is_running: bool
    posts: int


async def request_walk(post_id: int) -> Progress | None:
    """Let the worker fetch the replies in the conversation of this post (of a boost's original), unless it did within a quarter of an
    hour.

    One statement, which writes nothing if there is nothing to fetch. Returns the progress of an unfinished walk, else None.
    """
    row = await sql.one(
        REQUEST(
            f"""WITH opened AS MATERIALIZED (
                SELECT p.id, p.conversation_id FROM activities_post p
                WHERE p.id = (SELECT coalesce(b.boost_of_id, b.id) FROM activities_post b WHERE b.id = %(post)s) AND p.{_PUBLIC} AND p.deleted_at IS NULL AND p.conversation_id IS NOT NULL
            ), present AS MATERIALIZED (
                SELECT w.state, w.state_changed_at, w.posts FROM opened o JOIN activities_threadwalk w USING (conversation_id)
            ), marked AS (
                INSERT INTO activities_threadwalk AS k (conversation_id, post_id, host, state, state_changed_at, state_due_at,
                    state_attempts, posts, requests, reason, ahead, seen, hosts)
                SELECT o.conversation_id, o.id, (SELECT i.host FROM activities_post p JOIN users_identity i ON i.id = p.author_id WHERE p.id = o.id), 'walking', now(), now(), 0, 0, 0, '', '[]', '[]', '{{}}' FROM opened o
                LEFT JOIN present c ON true
                WHERE {is_request_due(WalkGraph, "c", _WAITS)}
                AND EXISTS (SELECT FROM (SELECT q.is_local, q.visibility FROM activities_post q
                    WHERE q.conversation_id = o.conversation_id ORDER BY q.id DESC LIMIT {_LOOKED_AT}) q
                    WHERE NOT q.is_local AND q.{_PUBLIC})
                ON CONFLICT (conversation_id) {restart_request(WalkGraph, "k", _FROM_THE_START)}
                RETURNING posts
            )
            SELECT posts FROM marked UNION ALL SELECT posts FROM present WHERE state = 'walking' LIMIT 1""",
            post=post_id,
        )
    )
    return None if row is None else Progress(is_running=True, posts=row[0])


async def progress_of(post_id: int) -> Progress | None:
    """Return the progress of the walk of a post's conversation, None if there was none. The caller has checked visibility of the post."""
    row = await sql.one(
        PROGRESS(
            """SELECT w.state = 'walking', w.posts FROM activities_post p
               JOIN activities_threadwalk w ON w.conversation_id = p.conversation_id WHERE p.id = %(post)s""",
            post=post_id,
        )
    )
    return None if row is None else Progress(is_running=row[0], posts=row[1])
