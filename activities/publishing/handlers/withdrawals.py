"""Deletion of withdrawn posts that were not restored; other servers are told as for any deletion."""

from activities.posts.models import Post, PostGraph, PostWithdrawal, PostWithdrawalGraph
from activities.publishing.services.posting import empty
from core.db import async_atomic
from stator import Outcome, to

_DELETED = (PostGraph.deleted.name, PostGraph.emptying.name, PostGraph.gone.name)


@PostWithdrawalGraph.waiting.batch(size=20)
async def delete_withdrawn(rows: list[PostWithdrawal]) -> Outcome:
    """Delete the posts permanently. The rows are locked, so that a concurrent restore comes before or after this."""
    for row in rows:
        async with async_atomic():
            own = Post.objects.select_related("author").filter(pk=row.pk, deleted_at__isnull=False)
            post = await own.select_for_update(no_key=True, of=("self",)).afirst()
            if post is not None and post.state not in _DELETED:
                await empty(post)
    return to(PostWithdrawalGraph.deleted)
