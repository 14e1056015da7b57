"""Deletion of old posts, a few per identity at a time; other servers are told as for any deletion."""

from contextlib import suppress
from datetime import timedelta

from activities.old_posts.models import OldPosts, OldPostsGraph
from activities.old_posts.queries import OldPost, next_piece
from activities.posts.models import Post, PostGraph
from activities.publishing.services import interactions, posting
from core.db import sql
from core.errors import NotFound
from federation.models import Peer, PeerGraph
from stator import Outcome, later
from users.identities.models import Identity

DELETED_AT_ONCE = 50
WINDOW = 1000  # posts of one author that are examined to find these
_SOON, _NEXT_ROUND = timedelta(minutes=5), timedelta(hours=6)
_BEHIND_S = 60  # work overdue for so long means that the worker is busy
_RULES, _PEERS, _POSTS = sql.table(OldPosts), sql.table(Peer), sql.table(Post)


@OldPostsGraph.removing.each(lease=timedelta(minutes=2), concurrency=1)
async def delete_old_posts(rule: OldPosts) -> Outcome:
    """Delete the next old posts of an identity. Low priority: it pauses while deliveries or posts are late."""
    if await _is_behind():
        return later("other work is late", after=_SOON, is_attempt=False)
    author = await Identity.objects.aget(pk=rule.identity_id)
    if author.is_suspended or author.deleted_at is not None:
        return later("the identity is suspended or deleted", after=_NEXT_ROUND, is_attempt=False)
    piece = await next_piece(rule, window=WINDOW, most=DELETED_AT_ONCE)
    for post in piece.posts:
        if not await _still_holds(rule):
            return later("the rule was changed", after=_SOON, is_attempt=False)
        await _delete(author, post)
    await sql.run(
        f"UPDATE {_RULES} SET looked_to = %s WHERE identity_id = %s AND state_changed_at = %s",
        [0 if piece.is_last else piece.looked_to, rule.pk, rule.state_changed_at],
    )
    said = f"{len(piece.posts)} deleted"
    if piece.is_last:
        return later(f"{said}; all were looked at", after=_NEXT_ROUND, is_attempt=False)
    return later(f"{said}; there are more", after=_SOON, is_attempt=False)


async def _delete(author: Identity, post: OldPost) -> None:
    with suppress(NotFound):  # its author deleted it concurrently
        if post.is_boost:
            await interactions.unboost(identity=author, post_id=post.id)
        else:
            await posting.delete_post(author=author, post_id=post.id)


async def _still_holds(rule: OldPosts) -> bool:
    """Return whether the rule is unchanged since it was read, because deletions can't be undone."""
    return bool(
        await sql.value(
            f"SELECT EXISTS (SELECT FROM {_RULES} WHERE identity_id = %s AND state = %s AND state_changed_at = %s)",
            [rule.pk, OldPostsGraph.removing.name, rule.state_changed_at],
        )
    )


async def _is_behind() -> bool:
    """Return whether deliveries, or posts to publish or delete, are late. Served by stator's own indexes."""
    return bool(
        await sql.value(
            f"""SELECT EXISTS (SELECT FROM {_PEERS} WHERE state = %(sending)s AND state_due_at < now() - %(late)s * interval '1 second')
                OR EXISTS (SELECT FROM {_POSTS} WHERE state = ANY(%(busy)s::text[]) AND state_due_at < now() - %(late)s * interval '1 second')""",
            {
                "sending": PeerGraph.sending.name,
                "busy": [PostGraph.new.name, PostGraph.edited.name, PostGraph.deleted.name],
                "late": _BEHIND_S,
            },
        )
    )
