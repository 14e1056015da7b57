"""Moderation of posts by the groups that they are in, and votes that groups pass on (FEP-1b12)."""

import hashlib

from activities.posts.models import GroupModeration, Post
from activities.posts.queries.groups import MODERATIONS, groups_of
from activities.publishing.services import interactions
from core.db import async_atomic, sql
from federation.documents import same_host
from users.identities.models import Identity
from users.identities.queries.identities import by_id


async def moderating_group(post: Post, actor_uri: str) -> Identity | None:
    """Return the group of this post in whose name the actor moderates: the group itself, or an actor on its server.

    Who moderates a group is for its own server to say, which signs for all of its actors.
    """
    for group_id, uri in await groups_of(post.pk):
        if same_host(uri, actor_uri):
            return await by_id(group_id)
    return None


async def set_locked(post: Post, group: Identity, *, is_locked: bool) -> None:
    """Lock or unlock a post for replies, as moderators of the group decided. Idempotent."""
    await _set(post, group, "is_locked", is_locked)


async def set_removed(post: Post, group: Identity, *, is_removed: bool) -> None:
    """Remove a post from a group, or restore it: its thread does not show it, and the group's boost ends. Idempotent."""
    async with async_atomic():
        await _set(post, group, "is_removed", is_removed)
        if is_removed and (boost := await interactions.lock_boost(group, post.pk)) is not None:
            await interactions.delete_boost(boost)


async def _set(post: Post, group: Identity, column: str, value: bool) -> None:
    if not value:
        await GroupModeration.objects.filter(post_id=post.pk, group_id=group.pk).aupdate(**{column: False})
        return
    await sql.run(
        f"""INSERT INTO {MODERATIONS} (post_id, group_id, is_locked, is_removed)
            VALUES (%(post)s, %(group)s, %(locked)s, %(removed)s)
            ON CONFLICT (post_id, group_id) DO UPDATE SET {column} = true""",
        {
            "post": post.pk,
            "group": group.pk,
            "locked": column == "is_locked",
            "removed": column == "is_removed",
        },
    )


async def receive_vote(post: Post, voter_uri: str, *, likes: bool) -> bool:
    """Count a like that a group passed on, or uncount it after an undo or a dislike. Return whether anything changed.

    The number is kept as the total that the post's server states: these servers count votes and list them nowhere.
    """
    voter = int.from_bytes(hashlib.sha256(voter_uri.encode()).digest()[:8], signed=True)
    changes = (
        "INSERT INTO activities_groupvote (post_id, voter) VALUES (%(post)s, %(voter)s) ON CONFLICT DO NOTHING RETURNING 1"
        if likes
        else "DELETE FROM activities_groupvote WHERE post_id = %(post)s AND voter = %(voter)s RETURNING 1"
    )
    changed = await sql.value(
        f"""WITH changed AS ({changes})
            UPDATE activities_post SET stated_likes = greatest(0, coalesce(stated_likes, 0) + %(by)s)
            WHERE id = %(post)s AND EXISTS (SELECT 1 FROM changed) RETURNING 1""",
        {"post": post.pk, "voter": voter, "by": 1 if likes else -1},
    )
    return changed is not None
