"""Holding incoming posts that a rule of staff holds, releasing them, and deleting them.

A held post has everything but an audience: releasing it moves it to the state that it would have had, from which the worker adds it to
home timelines and notifies.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from activities.posts import events
from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Interaction, Post, PostGraph, QuoteState
from activities.posts.services import counters
from activities.publishing.services.consent import ask_for_approval, must_wait
from activities.publishing.services.posting import delete_content
from activities.shelter.models import ShelteredPost
from activities.shelter.services import Judgement
from core import clock
from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from stator import transition
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission

log = get_logger(__name__)

_NOT_DELIVERED = (PostGraph.fetched.name, PostGraph.unseen.name, PostGraph.fanned_out.name)
_LATE_FOR_HOMES = dt.timedelta(days=7)


async def keep_held(
    post: Post, was: str, judged: Judgement, document: PostDocument, *, for_hashtags: bool
) -> None:
    """Store what a new post that is held needs for its release. `was` is the state that it would have had. In a transaction."""
    await ShelteredPost.objects.acreate(
        post=post,
        **_rule(judged),
        was=was,
        approval_uri=document.reply_approval_uri,
        is_for_hashtags=for_hashtags,
        held_at=clock.now(),
    )


def _rule(judged: Judgement) -> dict[str, Any]:
    holder = judged.holder
    return {"rule_id": holder.id, "rule_name": holder.name}


async def hold_edited(post: Post, judged: Judgement) -> None:
    """Hide a post whose new text a rule holds. Once released it is published again, which notifies nobody twice. In a transaction."""
    if post.state == PostGraph.sheltered:
        return
    was = post.state if post.is_hidden else PostGraph.new.name
    await counters.uncount_hidden(post)
    if await transition(post, PostGraph.sheltered):
        await ShelteredPost.objects.acreate(post=post, **_rule(judged), was=was, held_at=clock.now())
        await events.on_posts_hidden.emit([post.pk])


async def note_delivery(post: Post, *, early: bool) -> None:
    """Record that a held post, fetched before, was delivered now: once released it is added to home timelines."""
    waiting = ShelteredPost.objects.filter(pk=post.pk, was__in=_NOT_DELIVERED)
    await waiting.aupdate(was=(PostGraph.early if early else PostGraph.new).name)


@audited(Act.release_post)
async def release_posts(*, moderator: User, post_ids: Iterable[int]) -> int:
    """Show held posts to everyone who would have seen them, in the order of their ids. Return how many.

    A reply whose parent requires approval by now waits for it, and one that is not allowed any more is deleted. Raises NotFound if none of
    them is held.
    """
    return await _decide(Act.release_post, moderator, post_ids)


@audited(Act.drop_post)
async def drop_posts(*, moderator: User, post_ids: Iterable[int]) -> int:
    """Delete held posts here; their servers are told nothing. Return how many. Raises NotFound if none of them is held."""
    return await _decide(Act.drop_post, moderator, post_ids)


async def _decide(act: Act, moderator: User, post_ids: Iterable[int]) -> int:
    require(moderator, Permission.manage_reports)
    async with async_atomic():
        rows = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("author")
        found = [post async for post in rows.filter(pk__in=list(post_ids)).order_by("pk")]
        held = {row.pk: row async for row in ShelteredPost.objects.filter(post__in=[one.pk for one in found])}
        decided = [post for post in found if post.pk in held]
        if not decided:
            raise NotFound(code="no_such_post")
        await ShelteredPost.objects.filter(pk__in=list(held)).adelete()
        for post in decided:
            if post.state == PostGraph.sheltered and post.deleted_at is None:
                await (_show(post, held[post.pk]) if act is Act.release_post else delete_content(post))
            await record(
                act, Target("post", post.pk, post.uri), by=moderator.pk, details={"by": post.author.handle}
            )
    log.info(f"shelter.{act}", by=moderator.pk, posts=len(decided))
    return len(decided)


async def _show(post: Post, held: ShelteredPost) -> None:
    parent = await Post.objects.filter(pk=post.in_reply_to_id, deleted_at=None).afirst()
    try:
        waits = parent is not None and await must_wait(Interaction.reply, post.author, parent, post.uri)
    except NotAllowed:  # the author of the parent has restricted replies since
        await delete_content(post)
        return
    if waits and parent is not None:
        await transition(post, PostGraph.held)
        await ask_for_approval(
            Interaction.reply, post.author, parent, post.uri, post=post, stated_uri=held.approval_uri
        )
        return
    was = PostGraph.new.name if held.was == PostGraph.held.name else held.was
    await transition(post, PostGraph.states[was])
    await counters.count_shown(post)
    await _tell_quoted(post)
    if held.is_for_hashtags and not post.is_hidden and post.created_at > clock.now() - _LATE_FOR_HOMES:
        await events.on_posts_brought.emit([post.pk])


async def _tell_quoted(post: Post) -> None:
    """Tell the author of an approved quote's post, who was not told while it was held."""
    if post.quote_state == QuoteState.accepted:
        quoted = await Post.objects.filter(pk=post.quote_of_id, deleted_at=None).afirst()
        if quoted is not None and quoted.author_id != post.author_id:
            await events.on_quoted.emit(post, quoted)
