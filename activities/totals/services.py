"""Requesting the totals of viewed remote posts. The worker fetches them (handlers.py)."""

from activities.posts.queries.views import PostView
from activities.totals.models import TotalsGraph
from core.db import sql
from core.db.statements import Statement
from federation.peers import host_of
from stator.transitions import is_request_due, restart_request

REQUEST = Statement(
    "totals.request",
    "Requests the totals of a remote post, unless they were requested recently.",
    "activities_post_pkey",
    "activities_totalscheck_pkey",
)
# Interval by the age of the post: 3 minutes for one of an hour ago, 72 for one of a day, a day for one of 20 days.
_WAIT = "least(interval '1 day', greatest(interval '2 minutes', (now() - p.created_at) / 20))"
_WAITS = {TotalsGraph.known: _WAIT, TotalsGraph.failed: f"greatest(interval '1 hour', {_WAIT})"}
_IS_NEW = f"coalesce(p.stated_likes, p.stated_boosts) IS NULL OR p.fetched_at IS NULL OR p.fetched_at < now() - {_WAIT}"


async def request_totals(post: PostView) -> None:
    """Let the worker fetch the totals of a remote post, unless it did lately.

    One statement, which writes nothing if there is nothing to do. Totals in the document on arrival count as fetched.
    """
    shown = post.shown
    if shown.is_local:
        return
    await sql.run(
        REQUEST(
            f"""INSERT INTO activities_totalscheck AS k (post_id, host, state, state_changed_at, state_due_at, state_attempts)
               SELECT p.id, %(host)s, 'asked', now(), now(), 0 FROM activities_post p
               LEFT JOIN activities_totalscheck c ON c.post_id = p.id
               WHERE p.id = %(post)s AND NOT p.is_local AND p.visibility <= 1 AND p.deleted_at IS NULL AND
                   {is_request_due(TotalsGraph, "c", _WAITS, otherwise=_IS_NEW)}
               ON CONFLICT (post_id) {restart_request(TotalsGraph, "k")}""",
            post=shown.id,
            host=host_of(shown.uri)[:255],
        )
    )
