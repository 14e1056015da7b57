"""Asking for the totals of remote posts when somebody looks at them. The worker does it (handlers.py)."""

from activities.posts.queries.views import PostView
from core.db import sql
from core.db.statements import Statement
from federation.peers import host_of

REQUEST = Statement(
    "totals.request",
    "Marks a remote post whose totals are to be asked for, if they were not lately.",
    "activities_post_pkey",
    "activities_totalscheck_pkey",
)
# Between two questions, by the age of the post: 3 minutes for one of an hour ago, 72 for one of a day, a day for one of 20 days.
_WAIT = "least(interval '1 day', greatest(interval '2 minutes', (now() - p.created_at) / 20))"
_AFTER_FAILURE = "interval '1 hour'"


async def request_totals(post: PostView) -> None:
    """Ask the server of a remote post for its totals, in the worker, unless it was asked lately.

    One statement, which writes nothing when there is nothing to ask. What a document said at its arrival counts as an answer, too.
    """
    shown = post.shown
    if shown.is_local:
        return
    await sql.run(
        REQUEST(
            f"""INSERT INTO activities_totalscheck AS k (post_id, host, state, state_changed_at, state_due_at, state_attempts)
               SELECT p.id, %(host)s, 'asked', now(), now(), 0 FROM activities_post p
               LEFT JOIN activities_totalscheck c ON c.post_id = p.id
               WHERE p.id = %(post)s AND NOT p.is_local AND p.visibility <= 1 AND p.deleted_at IS NULL AND CASE c.state
                   WHEN 'asked' THEN false
                   WHEN 'failed' THEN c.state_changed_at < now() - greatest({_AFTER_FAILURE}, {_WAIT})
                   WHEN 'known' THEN c.state_changed_at < now() - {_WAIT}
                   ELSE coalesce(p.stated_likes, p.stated_boosts) IS NULL OR p.fetched_at IS NULL OR p.fetched_at < now() - {_WAIT} END
               ON CONFLICT (post_id) DO UPDATE SET state = excluded.state, state_changed_at = now(), state_due_at = now(),
                   state_attempts = 0, state_error = NULL, state_failed_in = NULL WHERE k.state <> 'asked'""",
            post=shown.id,
            host=host_of(shown.uri)[:255],
        )
    )
