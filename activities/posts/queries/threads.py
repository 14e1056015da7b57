"""The thread around a post: its ancestors and descendants."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from activities.posts.models import PostExpiry
from activities.posts.queries.groups import GROUPS, MODERATIONS
from activities.posts.queries.posts import load_thread
from activities.posts.queries.views import PostView
from activities.posts.queries.visibility import require_original
from core.db import sql
from core.db.statements import Statement
from users.identities.models import Identity

# Mastodon's limits: (ancestors, descendants, depth) for anonymous viewers, and for those signed in.
_ANONYMOUS = (40, 60, 20)
_SIGNED_IN = (4096, 4096, 4096)


class Context(msgspec.Struct, frozen=True):
    """The thread around a post. `ancestors` from the first post of the thread down to the parent; `descendants` in reading order, each
    after its parent.

    Posts that moderators removed from a group are left out; `is_locked`: they locked this post, or an ancestor. `groups` are those of
    this post. `parents` maps each descendant to its parent, parents first, including those left out. `expires_at` is when this post
    deletes itself; for its author only.
    """

    ancestors: list[PostView]
    descendants: list[PostView]
    parents: dict[int, int]
    is_locked: bool
    groups: list[Identity]
    expires_at: dt.datetime | None


_EXPIRIES = sql.table(PostExpiry)
ANCESTORS = Statement("posts.ancestors", "The posts above a reply.", "activities_post_pkey")
DESCENDANTS = Statement(
    "posts.descendants", "The replies to a post, and the replies to those.", "activities_post_replies"
)

# A step up is a primary key look-up, a step down is a range of activities_post_replies. Posts that the viewer may not see, and deleted
# ones, are traversed in both directions and filtered afterwards, so that the limits select the same posts for every viewer. No row stores
# its path: in a chain of 4,000 posts the paths took two seconds and a temporary file. A cycle of replies ends at the limit, or where it
# meets itself.
_ANCESTORS = f"""
    WITH RECURSIVE up (id, parent, steps) AS (
        SELECT p.id, p.in_reply_to_id, 0 FROM activities_post p WHERE p.id = %(post_id)s
        UNION ALL
        SELECT p.id, p.in_reply_to_id, up.steps + 1 FROM up JOIN activities_post p ON p.id = up.parent
        WHERE up.steps < %(limit)s
    )
    SELECT up.id, coalesce(bool_or(m.is_removed), false), coalesce(bool_or(m.is_locked), false),
        CASE WHEN up.id = %(post_id)s THEN ARRAY(SELECT g.id FROM (SELECT up.id) p CROSS JOIN LATERAL (SELECT g.id FROM {GROUPS}) g) END,
        CASE WHEN up.id = %(post_id)s THEN (SELECT e.expires_at FROM {_EXPIRIES} e JOIN activities_post q ON q.id = e.post_id
            WHERE e.post_id = up.id AND e.state = 'waiting' AND q.author_id = %(viewer_id)s) END
    FROM up LEFT JOIN {MODERATIONS} m ON m.post_id = up.id GROUP BY up.id ORDER BY min(up.steps) DESC"""
_DESCENDANTS = f"""
    WITH RECURSIVE down (id, parent) AS (
        SELECT %(post_id)s::bigint, NULL::bigint
        UNION
        SELECT p.id, p.in_reply_to_id FROM down JOIN activities_post p ON p.in_reply_to_id = down.id
    )
    SELECT down.id, down.parent, EXISTS (SELECT 1 FROM {MODERATIONS} m WHERE m.post_id = down.id AND m.is_removed OFFSET 0)
    FROM down WHERE down.id <> %(post_id)s LIMIT %(limit)s"""


async def context(post_id: int, viewer: Identity | None) -> Context:
    """Return the thread around a post (a boost's original). Raises NotFound if the viewer may not see it. At most five queries, six for a
    post in a group.
    """
    post_id = await require_original(viewer, post_id)
    up_limit, down_limit, depth = _ANONYMOUS if viewer is None else _SIGNED_IN
    up = await sql.rows(
        ANCESTORS(_ANCESTORS, post_id=post_id, limit=up_limit, viewer_id=viewer.pk if viewer else None)
    )
    found = await sql.rows(DESCENDANTS(_DESCENDANTS, post_id=post_id, limit=down_limit))
    above = [row[0] for row in up if row[0] != post_id]
    groups = [group_id for row in up for group_id in row[3] or ()]
    below = _in_reading_order(post_id, [(id_, parent) for id_, parent, _ in found], depth)
    removed = {row[0] for row in up if row[1]} | {row[0] for row in found if row[2]}
    around = await load_thread([id_ for id_ in (*above, *below) if id_ not in removed], viewer)
    before = set(above)
    return Context(
        ancestors=[view for view in around if view.id in before],
        descendants=[view for view in around if view.id not in before],
        parents={id_: parent for id_, parent, _ in found},
        is_locked=any(row[2] for row in up),
        groups=[group async for group in Identity.objects.filter(pk__in=groups)] if groups else [],
        expires_at=next((row[4] for row in up if row[4]), None),
    )


def _in_reading_order(root: int, found: Sequence[tuple[int, int]], depth: int) -> list[int]:
    """Return the ids of `[(id, parent id)]` in reading order: each followed by its replies, oldest first, down to `depth` levels."""
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
