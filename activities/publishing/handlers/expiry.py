"""Deletion of posts at the time that their authors chose; other servers are told as for any deletion."""

from contextlib import suppress
from datetime import timedelta

from activities.posts.models import Post, PostExpiry, PostExpiryGraph, PostGraph
from activities.posts.services.withdrawing import RESTORABLE_FOR
from activities.publishing.services.posting import delete_post
from core import clock
from core.errors import NotFound
from stator import Outcome, later, to

_TOO_EARLY = timedelta(seconds=5)  # the clocks of database and worker may differ slightly


@PostExpiryGraph.waiting.each(lease=timedelta(seconds=60), concurrency=5)
async def delete_expired(row: PostExpiry) -> Outcome:
    """Delete the post as its author would. Idempotent."""
    if (early := row.expires_at - clock.now()) > _TOO_EARLY:
        return later("its time is still to come", after=early, is_attempt=False)
    post = await Post.objects.select_related("author").filter(pk=row.pk).afirst()
    if post is not None and post.state == PostGraph.withdrawn:
        return later("its author may restore it", after=2 * RESTORABLE_FOR, is_attempt=False)
    if post is not None and post.deleted_at is None:
        with suppress(NotFound):  # its author deleted it concurrently
            await delete_post(author=post.author, post_id=post.pk)
    return to(PostExpiryGraph.expired)
