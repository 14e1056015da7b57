"""Holding incoming posts that a rule of staff holds or that are kept from people who don't know their new author, releasing them, and
deleting them.

A held post has everything but an audience: releasing it moves it to the state that it would have had, from which the worker adds it to
home timelines and notifies.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from activities.posts import events
from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Interaction, Post, PostGraph, QuoteState
from activities.posts.services import counters
from activities.publishing.services.consent import ask_for_approval, must_wait
from activities.publishing.services.posting import delete_content
from activities.shelter.events import on_mentions_held, on_mentions_released
from activities.shelter.models import ShelteredPost
from activities.shelter.queries.quarantine import MOST_HELD_OF_AUTHOR, has_room, kept_from, newcomer
from activities.shelter.queries.stored import stored_post
from activities.shelter.services.files import set_hash
from activities.shelter.services.rules import Judgement, judge_file
from core import clock
from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from core.logs import get_logger
from federation.peers import host_of, registrable_domain
from stator import State, transition
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.identities.models import Identity
from users.logins.models import User
from users.logins.services.staff import require
from users.roles.models import Permission

log = get_logger(__name__)

_NOT_DELIVERED = (PostGraph.fetched.name, PostGraph.unseen.name, PostGraph.fanned_out.name)
_LATE_FOR_HOMES = dt.timedelta(days=7)


async def keep_held(
    post: Post, was: str, judged: Judgement, document: PostDocument, *, for_hashtags: bool
) -> None:
    """Store what a new post that is held needs for its release. `was` is the state that it would have had. In a transaction.

    A post that no rule holds is kept because its author is new.
    """
    await ShelteredPost.objects.acreate(
        post=post,
        **_reason(post, judged),
        was=was,
        approval_uri=document.reply_approval_uri,
        is_for_hashtags=for_hashtags,
        held_at=clock.now(),
    )


def _reason(post: Post, judged: Judgement) -> dict[str, Any]:
    if not judged.holds:
        return {"site": registrable_domain(host_of(post.uri))}
    holder = judged.holder
    return {"rule_id": holder.id, "rule_name": holder.name}


async def hold_edited(post: Post, judged: Judgement) -> None:
    """Hide a post whose new text a rule holds. Once released it is published again, which notifies nobody twice. In a transaction.

    One that waits because its author is new is the rule's from then on: those whom it mentions can't accept it any more.
    """
    if post.state == PostGraph.sheltered:
        await ShelteredPost.objects.filter(pk=post.pk, rule_id=None).aupdate(**_reason(post, judged))
        return
    await _hide(post, judged, was=post.state if post.is_hidden else PostGraph.new.name)


async def _hide(post: Post, judged: Judgement, *, was: str) -> None:
    await counters.uncount_hidden(post)
    if await transition(post, PostGraph.sheltered):
        await ShelteredPost.objects.acreate(post=post, **_reason(post, judged), was=was, held_at=clock.now())
        await events.on_posts_hidden.emit([post.pk])


async def keep_mentions(post: Post, mentioned: Collection[int], *, was: State) -> bool:
    """Keep a stored post from those of `mentioned` who don't know its new author, and return whether it is hidden from everyone.

    `was`: the state that it would have instead. It is left as it is if too many wait already; those whom it mentions aren't notified then
    either. In a transaction.
    """
    if post.is_local or not mentioned:
        return False
    author = await Identity.objects.aget(pk=post.author_id)
    found = await newcomer(author, mentioned)
    if not found.kept_from:
        return False
    await on_mentions_held.emit(post, list(found.kept_from))
    if not found.holds or post.state == PostGraph.sheltered or not await may_wait(author, post.uri):
        return post.state == PostGraph.sheltered
    await _hide(post, Judgement(), was=was.name)
    return True


async def may_wait(author: Identity, uri: str) -> bool:
    """Return whether there is room for another post of a new author; if not, it is not stored."""
    if await has_room(author, registrable_domain(host_of(uri))):
        return True
    log.info("shelter.quarantine_is_full", post=uri)
    return False


async def judge_copied(*, post_id: int, url: str, sha256: str) -> None:
    """Apply the rules that name the hash of a remote file to a stored post with it, once. Idempotent."""
    async with async_atomic():
        # the post first, as an edit does; then its rules and its author
        post = await Post.objects.select_for_update(no_key=True).filter(pk=post_id).afirst()
        if post is None or not await set_hash(post_id, url, sha256):
            return
        incoming = await stored_post(post_id)
        if incoming is None:
            return
        author = await Identity.objects.aget(pk=post.author_id)
        judged = await judge_file(author, incoming, sha256)
        if judged.drops:
            await delete_content(post)
            return
        for name, value in judged.changes.items():
            setattr(post, name, value)
        await post.asave(update_fields=list(judged.changes))
        if judged.holds:
            await hold_edited(post, judged)


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
        held = await _taken(post_ids)
        if not held:
            raise NotFound(code="no_such_post")
        decided = [row.post for row in held.values()]
        for post in decided:
            if post.state == PostGraph.sheltered and post.deleted_at is None:
                if act is Act.release_post:
                    await on_mentions_released.emit(post)
                    await _show(post, held[post.pk])
                else:
                    await delete_content(post)
            await record(
                act, Target("post", post.pk, post.uri), by=moderator.pk, details={"by": post.author.handle}
            )
    log.info(f"shelter.{act}", by=moderator.pk, posts=len(decided))
    return len(decided)


async def _taken(post_ids: Iterable[int], **conditions: Any) -> dict[int, ShelteredPost]:
    """Lock those posts that are held, in the order of their ids, and delete the rows that hold them, which are returned."""
    rows = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("author")
    found = {post.pk: post async for post in rows.filter(pk__in=list(post_ids)).order_by("pk")}
    held = {row.pk: row async for row in ShelteredPost.objects.filter(pk__in=list(found), **conditions)}
    await ShelteredPost.objects.filter(pk__in=list(held)).adelete()
    for post_id, row in held.items():
        row.post = found[post_id]
    return {post_id: held[post_id] for post_id in found if post_id in held}


async def release_accepted(*, identity: Identity, author_ids: Collection[int]) -> None:
    """Show what is kept from an identity because these authors are new, after it accepted them. In a transaction.

    Others whom the posts mention are not notified. The number of posts is bounded by MOST_HELD_OF_AUTHOR.
    """
    most = MOST_HELD_OF_AUTHOR * len(author_ids)
    for row in (await _taken(await kept_from(identity, author_ids, most=most), rule_id=None)).values():
        if row.post.state == PostGraph.sheltered and row.post.deleted_at is None:
            await _show(row.post, row)


async def delete_ended(post_ids: Iterable[int]) -> None:
    """Delete posts that nobody accepted in time."""
    async with async_atomic():
        for row in (await _taken(post_ids, rule_id=None)).values():
            if row.post.state == PostGraph.sheltered and row.post.deleted_at is None:
                await delete_content(row.post)


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
