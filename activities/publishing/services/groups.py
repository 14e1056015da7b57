"""Moderation of posts by the groups that they are in, and votes that groups announce (FEP-1b12)."""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from activities.posts.models import GroupModeration, Post
from activities.posts.queries.groups import MODERATIONS, groups_of
from activities.publishing.services import interactions
from core.db import async_atomic, sql
from federation.documents import addressees, host_of, same_host
from users.identities.models import Identity
from users.identities.queries.identities import by_id
from users.relations.services import revoked_activities

VOTES_COUNTED_FOR = dt.timedelta(days=30)  # after the post was written; its count is final then
LOCKED, REMOVED = "is_locked", "is_removed"
_BANNED = "banned"
_MAX_REMOVED = 200


async def moderating_group(post: Post, actor_uri: str, activity: Mapping[str, Any]) -> Identity | None:
    """Return the group of this post on whose behalf the actor moderates: the actor itself, or the group on its server named by the
    activity.

    If none is named, the first one on that server. Membership in the moderators is up to that server, which signs for all of its actors.
    """
    named = addressees(activity, "audience", "target", "to", "cc")
    there = {uri: group_id for group_id, uri in await groups_of(post.pk) if same_host(uri, actor_uri)}
    meant = next((uri for uri in (actor_uri, *named) if uri in there), next(iter(there), None))
    return None if meant is None else await by_id(there[meant])


async def set_locked(post: Post, group: Identity, *, is_locked: bool, said_at: dt.datetime) -> None:
    """Lock or unlock a post for replies, as decided by moderators of the group, unless a later decision is known. Idempotent."""
    if await _is_latest(LOCKED, group.uri, post.uri, said_at):
        await _set([post.pk], group.pk, LOCKED, is_locked)


async def set_lock_from_document(post: Post, author: Identity, *, takes_replies: bool | None) -> None:
    """Lock a post as its own server states (Lemmy, PieFed, Mbin: `commentsEnabled`). Only the group's own server unlocks it. Idempotent."""
    if takes_replies is None:
        return
    for group_id, uri in await groups_of(post.pk):
        if not takes_replies or same_host(uri, author.uri):
            await _set([post.pk], group_id, LOCKED, not takes_replies)


async def set_removed(post: Post, group: Identity, *, is_removed: bool, said_at: dt.datetime) -> None:
    """Remove a post from a group, or restore it, unless a later decision of its moderators is known. Idempotent.

    The thread hides a removed post, and the group's boost is deleted.
    """
    async with async_atomic():
        if not await _is_latest(REMOVED, group.uri, post.uri, said_at):
            return
        await _set([post.pk], group.pk, REMOVED, is_removed)
        if is_removed:
            await _end_boost(group, post.pk)


async def decide_early(
    uri: str, decided: str, *, group: Identity | None, actor_uri: str, said_at: dt.datetime, is_over: bool
) -> None:
    """Record for two days that a group locked or removed an unknown post, or reverted that.

    Without the group: by moderators on the actor's server; which of its groups is determined when the post arrives.
    """
    by = host_of(actor_uri) if group is None else group.uri
    if not await _is_latest(decided, by, uri, said_at):
        return
    if not is_over:
        await revoked_activities.remember_early(decided, host=by, uri=uri, said_at=said_at)
        return
    for said_by in {by, host_of(actor_uri)}:
        await revoked_activities.forget_early(decided, host=said_by, uri=uri, said_at=said_at)


async def _is_latest(decided: str, by: str, uri: str, said_at: dt.datetime) -> bool:
    """Record when this group, or moderators on this host, decided about a post. Return False if a later decision is known."""
    return await revoked_activities.record_latest(decided, host=by, uri=uri, said_at=said_at)


async def apply_early(post: Post) -> None:
    """Apply earlier decisions of its groups' moderators to a post that just arrived, or to its author. In a transaction."""
    groups_here = await groups_of(post.pk)
    if not groups_here:
        return
    hosts = {host_of(uri): (group_id, uri) for group_id, uri in reversed(groups_here)}
    by_host = {
        decided: {host: revoked_activities.latest_mark(decided, host, post.uri) for host in hosts}
        for decided in (LOCKED, REMOVED)
    }
    marks = {
        revoked_activities.early_mark(decided, by, post.uri): (group_id, decided)
        for decided in (LOCKED, REMOVED)
        for group_id, by in (*groups_here, *((group_id, host) for host, (group_id, _) in hosts.items()))
    } | {
        revoked_activities.early_mark(_BANNED, uri, post.author.uri): (group_id, REMOVED)
        for group_id, uri in groups_here
    }
    found = await revoked_activities.decided_at(
        [*marks, *(mark for latest in by_host.values() for mark in latest.values())]
    )
    for decided, latest in by_host.items():
        for host, mark in latest.items():
            # from now on, a decision without a group counts as that of the first group of its host
            if mark in found and not await _is_latest(decided, hosts[host][1], post.uri, found[mark]):
                found.pop(revoked_activities.early_mark(decided, host, post.uri), None)
    for mark in found.keys() & marks.keys():
        group_id, decided = marks[mark]
        await _set([post.pk], group_id, decided, True)


async def set_all_removed(
    author_uri: str, group: Identity, *, is_removed: bool, said_at: dt.datetime
) -> bool:
    """Remove the newest posts of an author from a group, or restore them. Return False if there are none. Idempotent.

    Posts with a later decision don't change. Posts that arrive within the next two days are removed, too, until the ban ends. Served by
    activities_post_author, activities_mention_pair and activities_post_boost.
    """
    if not await _set_banned(author_uri, group, is_banned=is_removed, said_at=said_at):
        return False
    written = await sql.rows(
        """SELECT p.uri, p.id FROM activities_post p JOIN activities_mention m ON m.post_id = p.id AND m.identity_id = %(group)s
           WHERE p.author_id = (SELECT id FROM users_identity WHERE uri = %(author)s) AND p.boost_of_id IS NULL AND p.deleted_at IS NULL ORDER BY p.id DESC LIMIT %(most)s""",
        {"author": author_uri, "group": group.pk, "most": _MAX_REMOVED},
    )
    ids: dict[str, int] = dict(written)
    async with async_atomic():
        latest = await revoked_activities.record_latest_of(REMOVED, host=group.uri, uris=ids, said_at=said_at)
        concerned = [ids[uri] for uri in latest]
        await _set(concerned, group.pk, REMOVED, is_removed)
        boosted = Post.objects.filter(author_id=group.pk, boost_of_id__in=concerned, deleted_at=None)
        if is_removed:
            for post_id in [boost.boost_of_id async for boost in boosted]:
                await _end_boost(group, post_id)
    return bool(concerned)


async def end_ban(author_uri: str, group: Identity, *, said_at: dt.datetime) -> None:
    """End a ban, so that new posts of the author are accepted. Removed ones stay removed."""
    await _set_banned(author_uri, group, is_banned=False, said_at=said_at)


async def _set_banned(author_uri: str, group: Identity, *, is_banned: bool, said_at: dt.datetime) -> bool:
    """Record the ban, or its end. Return False if moderators decided about the author later than this."""
    if not await revoked_activities.record_latest(_BANNED, host=group.uri, uri=author_uri, said_at=said_at):
        return False
    change = revoked_activities.remember_early if is_banned else revoked_activities.forget_early
    await change(_BANNED, host=group.uri, uri=author_uri, said_at=said_at)
    return True


async def _end_boost(group: Identity, post_id: int) -> None:
    if (boost := await interactions.lock_boost_of(group, post_id)) is not None:
        await interactions.delete_boost(boost)


async def _set(post_ids: Collection[int], group_id: int, column: str, value: bool) -> None:
    if not value:
        moderated = GroupModeration.objects.filter(post_id__in=post_ids, group_id=group_id)
        await moderated.aupdate(**{column: False})
        return
    await sql.run(
        f"""INSERT INTO {MODERATIONS} (post_id, group_id, is_locked, is_removed)
            SELECT id, %(group)s, %(locked)s, %(removed)s FROM unnest(%(posts)s::bigint[]) AS p (id)
            ON CONFLICT (post_id, group_id) DO UPDATE SET {column} = true""",
        {
            "posts": list(post_ids),
            "group": group_id,
            "locked": column == LOCKED,
            "removed": column == REMOVED,
        },
    )


async def receive_vote(post: Post, voter_uri: str, *, likes: bool, said_at: dt.datetime) -> bool:
    """Count a like announced by a group, or uncount it after an undo or a dislike. Return whether anything changed.

    Votes signed before the voter's latest vote are ignored.

    The number is stored as the total stated by the post's server: these servers count votes and don't list them. An actor whose own like
    is stored is counted already. Served by activities_like_pair.
    """
    if not await revoked_activities.record_latest("vote", host=voter_uri, uri=post.uri, said_at=said_at):
        return False
    voter = int.from_bytes(hashlib.sha256(voter_uri.encode()).digest()[:8], signed=True)
    changes = (
        """INSERT INTO activities_groupvote (post_id, voter) SELECT locked.id, %(voter)s FROM locked
           WHERE NOT EXISTS (SELECT 1 FROM activities_like k JOIN users_identity i ON i.id = k.identity_id
                             WHERE k.post_id = %(post)s AND i.uri = %(uri)s)
           ON CONFLICT DO NOTHING RETURNING 1"""
        if likes
        else """DELETE FROM activities_groupvote v USING locked WHERE v.post_id = locked.id AND v.voter = %(voter)s
                RETURNING 1"""
    )
    changed = await sql.value(
        # lock the post first: a vote that waited for it while holding its own row deadlocked with the same vote
        f"""WITH locked AS MATERIALIZED (SELECT id FROM activities_post WHERE id = %(post)s FOR NO KEY UPDATE),
            changed AS ({changes})
            UPDATE activities_post SET stated_likes = greatest(0, coalesce(stated_likes, likes_count) + %(by)s)
            WHERE id = %(post)s AND EXISTS (SELECT 1 FROM changed) RETURNING 1""",
        {"post": post.pk, "voter": voter, "uri": voter_uri, "by": 1 if likes else -1},
    )
    return changed is not None
