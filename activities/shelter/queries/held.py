"""Reads of the held posts, for staff and for those whom they mention."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from activities.posts.queries.posts import read_picked
from activities.posts.queries.views import PostView
from activities.shelter.models import ShelteredPost
from core.db import sql
from core.db.paging import Page
from core.db.sql import Sql
from users.identities.models import Identity

MOST_COUNTED = 1000  # of the held posts


class HeldPost(NamedTuple):
    """A held post, and the rule that held it."""

    post: PostView
    rule_name: str
    held_at: dt.datetime


async def held_posts(viewer: Identity | None, page: Page) -> list[HeldPost]:
    """Return the held posts, whatever their visibility, newest first. For staff only, as the posts of reports. By the primary key."""
    rows = ShelteredPost.objects.order_by("-pk")
    if page.max_id is not None:
        rows = rows.filter(pk__lt=page.max_id)
    held = {row.pk: row async for row in rows[: page.limit]}
    if not held:
        return []
    picked = Sql(
        """SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
           WHERE p.id = ANY(%(held)s::bigint[]) AND p.deleted_at IS NULL""",
        {"held": list(held)},
    )
    posts = await read_picked(picked, viewer, with_quotes=False)
    return [HeldPost(post, held[post.id].rule_name, held[post.id].held_at) for post in posts]


async def held_for(viewer: Identity, post_ids: Collection[int]) -> list[PostView]:
    """Return those posts of `post_ids` that are kept from the viewer, whom they mention, because their authors are new here."""
    if not post_ids:
        return []
    picked = Sql(
        """SELECT p.id, p.boost_of_id, p.id AS rank FROM activities_post p
           WHERE p.id = ANY(%(held)s::bigint[]) AND p.deleted_at IS NULL
           AND EXISTS (SELECT 1 FROM activities_shelteredpost s WHERE s.post_id = p.id AND s.rule_id IS NULL)
           AND EXISTS (SELECT 1 FROM activities_mention m WHERE m.post_id = p.id AND m.identity_id = %(mentioned)s)""",
        {"held": list(post_ids), "mentioned": viewer.pk},
    )
    return await read_picked(picked, viewer, with_quotes=False)


HELD = Sql(f"(SELECT count(*) FROM (SELECT 1 FROM activities_shelteredpost LIMIT {MOST_COUNTED}) x)", {})
"""How many posts are held, counted up to MOST_COUNTED."""


async def count_held() -> int:
    return int(await sql.value(Sql.of(f"SELECT {HELD}", HELD)))
