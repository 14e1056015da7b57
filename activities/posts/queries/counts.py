"""The counts of displayed posts, without the posts."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from activities.posts.queries.visibility import visible
from core.db import sql
from core.db.statements import Statement
from users.identities.models import Identity

COUNTS = Statement(
    "posts.counts",
    "The counts of posts on an open page.",
    "activities_post_pkey",
    "users_follow_pair",
    "users_block_pair",
    "activities_mention_pair",
)


class PostCounts(msgspec.Struct, frozen=True):
    """The totals of a post, as in PostView, and what tells whether an open page is still up to date."""

    post_id: int
    replies: int
    boosts: int
    likes: int
    edited_at: dt.datetime | None
    has_poll: bool


async def counts_of(ids: Sequence[int], viewer: Identity) -> list[PostCounts]:
    """Return the counts of the posts among these that the viewer may see. One query."""
    condition = visible(viewer)
    return await sql.structs(
        PostCounts,
        COUNTS(
            f"""SELECT p.id, greatest(p.replies_count, p.stated_replies), greatest(p.boosts_count, p.stated_boosts),
                    greatest(p.likes_count, p.stated_likes), p.edited_at, p.question IS NOT NULL
                FROM activities_post p WHERE p.id = ANY(%(ids)s::bigint[]) AND {condition}""",
            condition,
            ids=list(ids),
        ),
    )
