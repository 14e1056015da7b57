"""Identities that liked or boosted a post, or got one that was written to a circle."""

from activities.posts.models import Visibility
from activities.posts.queries.visibility import require_original, viewer_parameters
from core.db import sql
from core.errors import NotFound
from users.identities.models import Identity
from users.identities.queries.predicates import and_reachable, is_active
from users.relations.queries.predicates import either_blocks
from users.relations.queries.relationships import MAX_LOOKED_AT


def hides_others(post: str, viewer: str, who: str) -> str:
    """Return SQL for: `who` liked or reacted to a limited post, which only its author sees. Served by the primary key of posts.

    Recipients of a limited post must not see each other.
    """
    return f"""EXISTS (SELECT 1 FROM activities_post x_limited WHERE x_limited.id = {post}
        AND x_limited.visibility = {Visibility.limited.value} AND NOT {viewer} IN (x_limited.author_id, {who}))"""


async def identities_that(
    table: str, post_id: int, viewer: Identity | None, *, limit: int, max_id: int | None = None
) -> list[tuple[int, int]]:
    """Return `[(row id, identity id)]` of those who liked (`table="like"`) or boosted (`"boost"`) a post (a boost's original), newest
    first.

    Excludes suspended actors and those of blocked servers. Raises NotFound as `get_post` does. Served by activities_like_pair,
    activities_post_boosts.
    """
    source = {
        "like": "SELECT k.id, k.identity_id AS who FROM activities_like k WHERE k.post_id = %(post_id)s",
        "boost": "SELECT k.id, k.author_id AS who FROM activities_post k"
        f" WHERE k.boost_of_id = %(post_id)s AND k.deleted_at IS NULL AND k.visibility <= {Visibility.unlisted.value}",
    }[table]
    original_id = await require_original(viewer, post_id)
    unblocked = "" if viewer is None else f" AND NOT {either_blocks('%(viewer_id)s', 'w.who')}"
    if viewer is not None:  # anonymous viewers never see limited posts
        unblocked += f" AND NOT {hides_others('%(post_id)s', '%(viewer_id)s', 'w.who')}"
    older = "" if max_id is None else " AND k.id < %(max_id)s"
    reachable = await and_reachable("i")
    most = f" ORDER BY k.id DESC LIMIT {MAX_LOOKED_AT}" if reachable else ""
    return [
        (row[0], row[1])
        for row in await sql.rows(
            f"""SELECT w.id, w.who FROM ({source}{older}{most}) w JOIN users_identity i ON i.id = w.who
                WHERE {is_active("i")}{reachable}{unblocked} ORDER BY w.id DESC LIMIT %(limit)s""",
            {**viewer_parameters(viewer), "post_id": original_id, "limit": limit, "max_id": max_id},
        )
    ]


async def audience_of(
    post_id: int, author: Identity, *, limit: int, max_id: int | None = None
) -> list[tuple[int, int]]:
    """Return `[(row id, identity id)]` of the recipients of a limited post of `author`, those it mentions included, last added first.

    Raises NotFound for any other post, and to anybody else. Served by activities_mention_pair.
    """
    condition = f"id = %(post)s AND author_id = %(me)s AND visibility = {Visibility.limited.value} AND deleted_at IS NULL"
    values = {"post": post_id, "me": author.pk, "max_id": max_id, "limit": limit}
    if not await sql.value(f"SELECT 1 FROM activities_post WHERE {condition}", values):
        raise NotFound
    older = "" if max_id is None else " AND m.id < %(max_id)s"
    rows = await sql.rows(
        f"""SELECT m.id, m.identity_id FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id
            WHERE m.post_id = %(post)s AND i.deleted_at IS NULL{older} ORDER BY m.id DESC LIMIT %(limit)s""",
        values,
    )
    return [(row[0], row[1]) for row in rows]
