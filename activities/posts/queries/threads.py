"""The conversation around a post: what it answers, and what answers it."""

import msgspec

from activities.posts.queries.posts import PostView, load_thread
from activities.posts.queries.visibility import may_see
from core.db import sql
from core.errors import NotFound
from users.identities.models import Identity

# Mastodon's limits: (ancestors, descendants, depth) for people who are not signed in, and for those who are.
_ANONYMOUS = (40, 60, 20)
_SIGNED_IN = (4096, 4096, 4096)


class Context(msgspec.Struct, frozen=True):
    """`ancestors` from the first post of the thread down to the parent; `descendants` in reading order, each after its parent."""

    ancestors: list[PostView]
    descendants: list[PostView]


# A step up is a primary key, a step down is a range of activities_post_replies. Posts that the viewer may not see, and deleted ones, are
# walked through in both directions and left out afterwards: whoever is asked, a thread has the same posts.
_ANCESTORS = """
    WITH RECURSIVE up (id, parent, steps) AS (
        SELECT p.id, p.in_reply_to_id, 0 FROM activities_post p WHERE p.id = %(post_id)s
        UNION ALL
        SELECT p.id, p.in_reply_to_id, up.steps + 1 FROM up JOIN activities_post p ON p.id = up.parent
        WHERE up.steps < %(limit)s
    ) CYCLE id SET is_cycle USING trail
    SELECT id FROM up WHERE steps > 0 AND NOT is_cycle ORDER BY steps DESC"""
_DESCENDANTS = """
    WITH RECURSIVE down (id, path) AS (
        SELECT %(post_id)s::bigint, ARRAY[]::bigint[]
        UNION ALL
        SELECT p.id, down.path || p.id FROM down JOIN activities_post p ON p.in_reply_to_id = down.id
        WHERE cardinality(down.path) < %(depth)s AND NOT p.id = ANY(down.path)
    )
    SELECT id FROM (SELECT id, path FROM down WHERE cardinality(path) > 0 LIMIT %(limit)s) found ORDER BY path"""


async def context(post_id: int, viewer: Identity | None) -> Context:
    """Return the thread around a post; raises NotFound when the viewer may not see the post itself. At most five queries."""
    if not await may_see(viewer, post_id):
        raise NotFound
    up_limit, down_limit, depth = _ANONYMOUS if viewer is None else _SIGNED_IN
    above = await sql.column(_ANCESTORS, {"post_id": post_id, "limit": up_limit})
    below = await sql.column(_DESCENDANTS, {"post_id": post_id, "limit": down_limit, "depth": depth})
    around = await load_thread([*above, *below], viewer)
    before = set(above)
    return Context(
        ancestors=[view for view in around if view.id in before],
        descendants=[view for view in around if view.id not in before],
    )
