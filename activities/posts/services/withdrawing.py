"""Undo of a deletion: a post is hidden at once, and can be restored until the worker deletes it shortly after. Other servers are told only then."""

import datetime as dt

from activities.posts import events
from activities.posts.models import Post, PostGraph, PostWithdrawal, PostWithdrawalGraph
from activities.posts.queries.writers import require_writer
from activities.posts.services import counters
from core import clock
from core.db import async_atomic, sql
from core.errors import NotAllowed, NotFound
from stator import transition
from users.identities.models import Identity

RESTORABLE_FOR = dt.timedelta(seconds=15)  # a toast is shown for eight, longer under the pointer
_WITHDRAWALS, _POSTS = sql.table(PostWithdrawal), sql.table(Post)


async def withdraw_post(*, author: Identity, post_id: int) -> None:
    """Hide an author's own post from everybody, and schedule its deletion. Raises NotFound if it is not theirs."""
    async with async_atomic():
        own = Post.objects.filter(pk=post_id, author_id=author.pk, deleted_at=None, boost_of=None)
        post = await own.select_for_update(no_key=True).afirst()
        if post is None:
            raise NotFound
        await require_writer(post_id)
        await counters.uncount_post(post)
        was = PostGraph.new.name if post.state == PostGraph.failed else post.state
        post.deleted_at = clock.now()
        await post.asave(update_fields=["deleted_at"])
        await transition(post, PostGraph.withdrawn)
        await sql.run(
            f"""INSERT INTO {_WITHDRAWALS} (post_id, was, state, state_due_at) VALUES (%(post)s, %(was)s, %(waiting)s, %(at)s)""",
            {
                "post": post_id,
                "was": was,
                "waiting": PostWithdrawalGraph.waiting.name,
                "at": clock.now() + RESTORABLE_FOR,
            },
        )
        await events.on_posts_hidden.emit([post_id])


async def restore_post(*, author: Identity, post_id: int) -> None:
    """Restore a withdrawn post. Does nothing if it is not withdrawn. Raises NotFound, and NotAllowed if it is too late."""
    async with async_atomic():
        # lock its row before the post, as the worker does
        was = await sql.value(
            f"""DELETE FROM {_WITHDRAWALS} w USING {_POSTS} p WHERE w.post_id = %s AND w.state = %s
                AND p.id = w.post_id AND p.author_id = %s RETURNING w.was""",
            [post_id, PostWithdrawalGraph.waiting.name, author.pk],
        )
        own = Post.objects.filter(pk=post_id, author_id=author.pk, boost_of=None)
        post = await own.select_for_update(no_key=True).afirst()
        if post is None:
            raise NotFound
        await require_writer(post_id)
        if post.deleted_at is None:
            return
        if was is None:
            raise NotAllowed(code="deleted_for_good")
        post.deleted_at = None
        await post.asave(update_fields=["deleted_at"])
        await transition(post, PostGraph.states[was])
        await counters.count_post(post)
