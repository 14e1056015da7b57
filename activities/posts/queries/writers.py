"""Writers of the posts and boosts of shared identities: shown to those who share it, and to staff; hidden from everybody else."""

from collections.abc import Iterable

from activities.posts.models import PostWriter
from activities.posts.queries.views import PostView
from core.db import sql
from users.identities.models import Identity
from users.logins.access import may_change, only_of, require_own_work
from users.logins.queries import is_shared_in_sql, label_in_sql

_WRITERS = sql.table(PostWriter)
# Served by the primary key of writers and users_identity_access_pair.
WRITER = f"""CASE WHEN p.author_id = %(viewer_id)s THEN (
    SELECT json_build_array(w.user_id, {label_in_sql("w.user_id", "p.author_id")}) FROM {_WRITERS} w WHERE w.post_id = p.id)::text END"""
"""SQL for a WriterView of the viewer's own post `p` as JSON."""


def application_columns(is_signed_in: bool) -> dict[str, str]:
    """Return the SQL of the app with which the post `p` was written: empty if it would tell strangers which of several people wrote it."""
    is_strange = "p.author_id <> %(viewer_id)s AND " if is_signed_in else ""
    is_shared = (
        f"(EXISTS (SELECT 1 FROM {_WRITERS} w WHERE w.post_id = p.id) OR {is_shared_in_sql('p.author_id')})"
    )
    return {
        name: f"CASE WHEN p.application <> '' AND p.is_local AND {is_strange}{is_shared} THEN '' ELSE p.{name} END"
        for name in ("application", "application_website")
    }


async def mark_kept_boosts(views: Iterable[PostView], viewer: Identity | None) -> None:
    """Mark the boosts that the speaker, an author of a shared identity, can't remove. Runs no query for anybody else.

    Served by activities_post_boost.
    """
    boosted = [view for view in views if view.is_boosted]
    if viewer is None or not boosted or only_of() is None:
        return
    rows = await sql.rows(
        f"""SELECT p.boost_of_id, w.user_id FROM activities_post p LEFT JOIN {_WRITERS} w ON w.post_id = p.id
            WHERE p.author_id = %(viewer)s AND p.boost_of_id = ANY(%(ids)s::bigint[]) AND p.deleted_at IS NULL""",
        {"viewer": viewer.pk, "ids": [view.id for view in boosted]},
    )
    kept = {post_id for post_id, writer in rows if not may_change(writer)}
    for view in boosted:
        view.is_boost_kept = view.id in kept


def may_change_post(post: PostView) -> bool:
    """Return whether the speaker may change a post of the identity as which they speak, as `require_writer`."""
    return may_change(post.writer.user_id if post.writer is not None else None)


async def require_writer(post_id: int) -> None:
    """Raise NotAllowed if an author speaks about a post or boost that somebody else wrote. By primary key."""
    if only_of() is not None:
        require_own_work(await writer_of(post_id))


async def writer_of(post_id: int) -> int | None:
    """Return the login that wrote a post, None if its identity was not shared then or the login was deleted. By primary key."""
    found: int | None = await sql.value(f"SELECT user_id FROM {_WRITERS} WHERE post_id = %s", [post_id])
    return found
