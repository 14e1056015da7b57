"""Removal of a deleted identity's posts and reactions: a listener of users/identities/events.py, inside the transaction of the event."""

from activities.posts.models import Post, PostGraph
from activities.posts.services import counters
from core import clock
from core.db import delete_batch, sql
from core.db.batches import BATCH_SIZE
from stator import transition_many
from users.identities import events
from users.identities.models import Identity


@events.on_identity_deleted
async def delete_everything_of(identity: Identity) -> bool:
    """Remove the posts and interactions of the identity; the worker removes its posts from home timelines. Other servers are told about
    the identity only.
    """
    who = {"identity": identity.pk, "piece": BATCH_SIZE}
    # activities_like_identity
    has_more = (
        await sql.run(
            """WITH gone AS (DELETE FROM activities_like WHERE id = ANY(ARRAY(
                SELECT id FROM activities_like WHERE identity_id = %(identity)s LIMIT %(piece)s)) RETURNING post_id)
           UPDATE activities_post p SET likes_count = greatest(0, p.likes_count - 1) FROM gone WHERE p.id = gone.post_id""",
            who,
        )
        == BATCH_SIZE
    )
    for table, column in (
        ("activities_reaction", "identity_id"),
        ("activities_bookmark", "identity_id"),
        ("activities_pin", "identity_id"),
    ):
        has_more = await delete_batch(table, f"{column} = %(identity)s", who) or has_more
    return await _remove_posts(identity) or has_more


async def _remove_posts(author: Identity) -> bool:
    """Mark the next batch of an author's posts as deleted, oldest first. Served by activities_post_author.

    The position is stored with the author, so that no batch reads those before it.
    """
    ids = await sql.column(
        """SELECT id FROM activities_post WHERE author_id = %(author)s AND id > %(after)s
           ORDER BY author_id, id LIMIT %(piece)s""",
        {"author": author.pk, "after": author.emptied_to or 0, "piece": BATCH_SIZE},
    )
    if not ids:
        return False
    await counters.uncount_posts(ids)
    deleted = await sql.column(
        """UPDATE activities_post SET deleted_at = %(now)s, title = '', content = '', source = '', content_warning = '',
               emojis = '[]', question = NULL
           WHERE id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL RETURNING id""",
        {"ids": ids, "now": clock.now()},
    )
    await transition_many(deleted, PostGraph.deleted, model=Post)
    await sql.run("UPDATE users_identity SET emptied_to = %s WHERE id = %s", [ids[-1], author.pk])
    return len(ids) == BATCH_SIZE
