"""The thread around a post: its ancestors and descendants."""

from collections.abc import Sequence

import msgspec

from activities.posts.queries.posts import load_thread
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import require_original
from core.db import sql
from core.db.statements import Statement
from users.identities.models import Identity

# Mastodon's limits: (ancestors, descendants, depth) for people who are not signed in, and for those who are.
_ANONYMOUS = (40, 60, 20)
_SIGNED_IN = (4096, 4096, 4096)


class Context(msgspec.Struct, frozen=True):
    """`ancestors` from the first post of the thread down to the parent; `descendants` in reading order, each after its parent."""

    ancestors: list[PostView]
    descendants: list[PostView]


ANCESTORS = Statement(
    "posts.ancestors", "What a post answers, and what that answers.", "activities_post_pkey"
)
DESCENDANTS = Statement(
    "posts.descendants", "What answers a post, and what answers that.", "activities_post_replies"
)

# A step up is a primary key, a step down is a range of activities_post_replies. Posts that the viewer may not see, and deleted ones, are
# walked through in both directions and left out afterwards: whoever is asked, a thread has the same posts. No row keeps the way to it: in a
# chain of 4,000 posts these ways took two seconds and a temporary file. A circle of answers goes round up to the limit, or meets itself.
_ANCESTORS = """
    WITH RECURSIVE up (id, parent, steps) AS (
        SELECT p.id, p.in_reply_to_id, 0 FROM activities_post p WHERE p.id = %(post_id)s
        UNION ALL
        SELECT p.id, p.in_reply_to_id, up.steps + 1 FROM up JOIN activities_post p ON p.id = up.parent
        WHERE up.steps < %(limit)s
    )
    SELECT id FROM up WHERE id <> %(post_id)s GROUP BY id ORDER BY min(steps) DESC"""
_DESCENDANTS = """
    WITH RECURSIVE down (id, parent) AS (
        SELECT %(post_id)s::bigint, NULL::bigint
        UNION
        SELECT p.id, p.in_reply_to_id FROM down JOIN activities_post p ON p.in_reply_to_id = down.id
    )
    SELECT id, parent FROM down WHERE id <> %(post_id)s LIMIT %(limit)s"""


async def context(post_id: int, viewer: Identity | None) -> Context:
    """Return the thread around a post (a boost's original); raises NotFound when the viewer may not see it. At most five queries."""
    post_id = await require_original(viewer, post_id)
    up_limit, down_limit, depth = _ANONYMOUS if viewer is None else _SIGNED_IN
    above = await sql.column(ANCESTORS(_ANCESTORS, post_id=post_id, limit=up_limit))
    found = await sql.rows(DESCENDANTS(_DESCENDANTS, post_id=post_id, limit=down_limit))
    below = _in_reading_order(post_id, [(row[0], row[1]) for row in found], depth)
    around = await load_thread([*above, *below], viewer)
    before = set(above)
    return Context(
        ancestors=[view for view in around if view.id in before],
        descendants=[view for view in around if view.id not in before],
    )


def _in_reading_order(root: int, found: Sequence[tuple[int, int]], depth: int) -> list[int]:
    """Return the ids of `[(id, parent id)]`, each followed by what answers it, the older answer first, down to `depth` steps."""
    answers: dict[int, list[int]] = {}
    for post_id, parent in found:
        answers.setdefault(parent, []).append(post_id)
    ordered: list[int] = []
    ahead = [(root, 0)]
    while ahead:
        post_id, steps = ahead.pop()
        if steps:
            ordered.append(post_id)
        if steps < depth:
            ahead.extend((answer, steps + 1) for answer in sorted(answers.get(post_id, ()), reverse=True))
    return ordered
