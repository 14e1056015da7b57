"""Storing posts of authenticated remote actors. Everything may arrive repeatedly, late, or in the wrong order.

Boosts and likes are in receiving_reactions.py.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from activities.media.services.attachments import set_remote_attachments
from activities.polls import services as polls
from activities.posts import events
from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import HIDDEN_STATES, Interaction, Post, PostGraph, Visibility
from activities.posts.services import counters, revising
from activities.previews import services as previews
from activities.publishing.changes import (
    changes_only_results,
    content,
    edited_at,
    is_newer,
    not_in_future,
    same_options,
    says_something_else,
    totals,
)
from activities.publishing.handling import handled
from activities.publishing.services import groups, interactions, sheltering
from activities.publishing.services.consent import hold_unapproved, must_wait, open_reply, set_policies
from activities.publishing.services.mentions import (
    addressees_of,
    reached_by,
    reached_here,
    received_visibility,
    set_mentions,
)
from activities.publishing.services.posting import announce_edit, delete_content
from activities.quotes.services import checks
from activities.shelter.events import on_mentions_held
from activities.shelter.queries.quarantine import newcomer
from activities.shelter.queries.stored import with_known_hashes
from activities.shelter.services.rules import judge
from activities.tags.services.hashtags import set_hashtags
from core import clock
from core.db import async_atomic, sql
from core.errors import NotAllowed
from core.ids import MAX_ID_ATTEMPTS, id_at
from core.texts import clean_tag, normal_tag
from federation.documents import same_host
from federation.peers import host_of
from stator import transition
from users.emojis.services import remote as remote_emojis
from users.identities.models import Identity, Restriction

_LATE_FOR_HOMES = dt.timedelta(days=7)
_UNSEEN_FOR = dt.timedelta(minutes=1)  # after that, the process that fetched it must have died


async def receive_post(
    *,
    author: Identity,
    document: PostDocument,
    delivered: bool = True,
    silent_for: Iterable[int] = (),
    with_ancestors: bool = True,
    is_looked_at: bool = False,
    for_hashtags: bool = False,
) -> Post | None:
    """Store a remote post. Return None if it was deleted before it arrived, or a rule of staff drops it; an existing post doesn't change.

    `delivered` posts are added to home timelines and notifications; fetched ones (a thread, a search) are not. `silent_for` are local
    identities whose personal inbox received it although it does not address them: they may read it. The worker fetches the ancestors of a
    fetched post unless `with_ancestors` is False. A reply whose parent may require approval is hidden until the parent was looked for, by
    the worker or (`is_looked_at`) by the caller, who then calls `show_unseen`. `for_hashtags`: add it to its hashtags' followers' home
    timelines although it was not delivered.
    """
    _check_author(author, document)
    document = await handled(document)
    async with async_atomic():
        known = await post_at(document.uri)
        if known is not None:
            if delivered:
                await add_to_homes_late(known)
            return None if known.deleted_at else known
        document = await with_known_hashes(document)
        judged = await judge(author, document)
        if judged.drops:
            await _insert(_tombstone(author, document.uri), None)
            return None
        addressed = await addressees_of(author, document)
        visibility = await received_visibility(author, document, silent_for := list(silent_for))
        reached = reached_by(visibility, addressed, silent_for) if delivered and not judged.holds else ()
        new = await newcomer(author, reached)
        if new.holds and not await sheltering.may_wait(author, document.uri):
            return None
        is_sheltered = judged.holds or new.holds
        parent = await _parent(document.in_reply_to_uri)
        waits = parent is not None and await must_wait(Interaction.reply, author, parent, document.uri)
        post = Post(
            author=author,
            uri=document.uri,
            url=document.url,
            is_local=False,
            visibility=visibility,
            type=document.type,
            in_reply_to_id=parent.pk if parent else None,
            in_reply_to_uri="" if parent else document.in_reply_to_uri,
            in_reply_to_author_id=parent.author_id if parent else None,
            **content(document) | judged.changes,
            created_at=not_in_future(document.published),
            edited_at=edited_at(document),
            fetched_at=clock.now(),
            **totals(document),
            state=PostGraph.new.name,
        )
        if delivered and answers_unknown_elsewhere(post):
            post.state = PostGraph.early.name
        if not delivered:
            misses_parent = with_ancestors and document.in_reply_to_uri and parent is None
            post.state = (PostGraph.fetched if misses_parent else PostGraph.fanned_out).name
            post.state_due_at = clock.now() if misses_parent else None
            if answers_unknown_elsewhere(post):
                post.state = PostGraph.unseen.name
                post.state_due_at = clock.now() + (_UNSEEN_FOR if is_looked_at else dt.timedelta())
        if waits:
            post.state, post.state_due_at = PostGraph.held.name, None
        was = post.state
        if is_sheltered:
            post.state, post.state_due_at = PostGraph.sheltered.name, None
        if not await _insert(post, parent):
            known = await post_at(document.uri)
            return None if known is None or known.deleted_at else known
        await _set_parts(post, author, document, addressed, silent_for)
        await groups.set_lock_from_document(post, author, takes_replies=document.takes_replies)
        await groups.apply_early(post)
        if document.quote_uri:
            await checks.start_check(post, document)
        else:
            await previews.link_card(post, spread=True, has_media=bool(document.attachments))
        if new.kept_from:
            await on_mentions_held.emit(post, list(new.kept_from))
        if is_sheltered:
            await sheltering.keep_held(post, was, judged, document, for_hashtags=for_hashtags)
        elif waits and parent is not None:
            await open_reply(post, parent, document)
        await counters.count_post(post)
        await connect_orphans(post, post.uri)
        if for_hashtags and not post.is_hidden:
            await bring_to_hashtags(post)
    return post


async def bring_to_hashtags(post: Post) -> None:
    """Add a fetched post to the home timelines of its hashtags' followers, unless it is old. In a transaction."""
    if post.created_at > clock.now() - _LATE_FOR_HOMES:
        await events.on_posts_brought.emit([post.pk])


async def add_to_homes_late(post: Post) -> None:
    """Add a post to home timelines if its Create arrives after it was fetched, unless it was added before.

    It may already be in the home timelines of its hashtags' followers. Served by the indexes on post_id, activities_post_tag_pair and
    activities_followed_tag_pair.
    """
    if post.state == PostGraph.sheltered:
        await sheltering.note_delivery(post, early=answers_unknown_elsewhere(post))
        return
    is_at_rest = post.state in {PostGraph.fanned_out.name, PostGraph.fetched.name, PostGraph.unseen.name}
    if not is_at_rest or post.is_local or post.created_at < clock.now() - _LATE_FOR_HOMES:
        return
    has_been = await sql.value(
        """SELECT EXISTS (SELECT 1 FROM activities_homeentry h WHERE h.post_id = %(post)s AND NOT EXISTS (
               SELECT 1 FROM activities_posttag g JOIN activities_followedtag t ON t.hashtag_id = g.hashtag_id
               WHERE g.post_id = h.post_id AND t.identity_id = h.identity_id))
           OR EXISTS (SELECT 1 FROM activities_notification WHERE post_id = %(post)s AND kind IN ('mention', 'status'))""",
        {"post": post.pk},
    )
    if not has_been:
        await publish_fetched(post)


async def publish_fetched(post: Post) -> None:
    """Publish a post that was fetched before it was delivered. In a transaction."""
    is_early = post.state == PostGraph.unseen or (
        post.state == PostGraph.fetched and answers_unknown_elsewhere(post)
    )
    then = PostGraph.early if is_early else PostGraph.new
    if not await sheltering.keep_mentions(post, await reached_here(post), was=then):
        await transition(post, then)


def answers_unknown_elsewhere(post: Post) -> bool:
    """Return whether a remote post replies to an unknown post of another server: only such a reply may need an approval (consent.py)."""
    return bool(post.in_reply_to_uri) and not same_host(post.uri, post.in_reply_to_uri)


async def receive_edit(
    *, author: Identity, document: PostDocument, said_at: dt.datetime | None = None
) -> Post | None:
    """Apply a newer document to a post, otherwise only a poll's results. Return None for an unknown post.

    `said_at`: when its server sent the change. It is used if the document states no time and differs. The visibility doesn't change. The
    earlier content is kept as a Revision.
    """
    _check_author(author, document)
    document = await handled(document)
    async with async_atomic():
        post = await post_at(document.uri, locked=True)
        if post is None or post.deleted_at is not None:
            return None
        _check_owner(author, post)
        await counters.set_totals(post, totals(document))
        await groups.set_lock_from_document(post, author, takes_replies=document.takes_replies)
        if post.state == PostGraph.held and document.reply_approval_uri and post.in_reply_to_id is not None:
            post.author = author
            await open_reply(post, await Post.objects.aget(pk=post.in_reply_to_id), document)
        if document.updated is None and said_at is not None and says_something_else(document, post):
            document = replace(document, updated=said_at)
        if not is_newer(document, post) or changes_only_results(document, post):
            if document.question is not None and same_options(post.question, document.question):
                post.question = await polls.results_with_own_votes(post, document.question)
                await post.asave(update_fields=["question"])
                await events.on_results_changed.emit([post.pk])
            await set_policies(post, document)
            await checks.update_quote(post, document)
            return post
        document = await with_known_hashes(document)
        judged = await judge(author, document)
        if judged.drops:
            return post
        await revising.keep_revision(post)
        changed = content(document) | judged.changes
        if post.question is not None and not same_options(post.question, document.question or {}):
            await polls.delete_votes(post.pk)
        elif document.question is not None:
            changed["question"] = await polls.results_with_own_votes(post, document.question)
        for name, value in changed.items():
            setattr(post, name, value)
        post.edited_at = not_in_future(document.updated or clock.now())
        post.fetched_at = clock.now()
        await post.asave(update_fields=[*changed, "edited_at", "fetched_at"])
        newly_mentioned = await _set_parts(post, author, document, await addressees_of(author, document))
        if judged.holds:
            await sheltering.hold_edited(post, judged)
        elif newly_mentioned:
            await sheltering.keep_mentions(post, newly_mentioned, was=PostGraph.new)
        if not post.is_hidden:  # otherwise they are notified when it is published
            await events.on_newly_mentioned.emit(post, newly_mentioned)
        await checks.update_quote(post, document)
        if not document.quote_uri:
            await previews.link_card(post, spread=True, has_media=bool(document.attachments))
        await announce_edit(post)
    return post


async def receive_delete(*, author: Identity, uri: str) -> Post | None:
    """Delete the post at `uri`. For an unknown one record a tombstone, so that a late Create has no effect.

    Returns None if there was nothing to delete. Raises NotAllowed if it is another author's.
    """
    async with async_atomic():
        post = await post_at(uri, locked=True)
        if post is None:
            await _insert(_tombstone(author, uri), None)
            return None
        _check_owner(author, post)
        if post.deleted_at is not None:
            return None
        if post.boost_of_id is not None:
            await interactions.delete_boost(post)
        else:
            await delete_content(post)
    return post


def _check_author(author: Identity, document: PostDocument) -> None:
    if author.uri != document.author_uri:
        raise NotAllowed(code="not_allowed", detail="the document names another author")
    if author.restriction == Restriction.suspended or author.deleted_at is not None:
        raise NotAllowed(code="not_allowed", detail="the author is suspended or deleted")


def _check_owner(author: Identity, post: Post) -> None:
    if post.author_id != author.pk:
        raise NotAllowed(code="not_allowed", detail="the post is somebody else's")


async def post_at(uri: str, *, locked: bool = False) -> Post | None:
    """Return the post with this URI, including deleted ones; with `locked`, lock it until the transaction ends."""
    found = Post.objects.filter(uri=uri)
    return await (found.select_for_update(no_key=True) if locked else found).afirst()


async def _parent(uri: str) -> Post | None:
    """Return the post with this URI, or the one whose local page has this URL."""
    if not uri:
        return None
    parent = await Post.objects.filter(uri=uri, boost_of=None).afirst()
    return parent if parent is None or parent.deleted_at is None else None


async def _insert(post: Post, parent: Post | None) -> bool:
    """Store the row with an id of its time. Return False if its URI was taken concurrently."""
    for _ in range(MAX_ID_ATTEMPTS):
        post.pk = id_at(post.created_at)
        post.conversation_id = (parent.conversation_id or parent.pk) if parent else post.pk
        await Post.objects.abulk_create([post], ignore_conflicts=True)
        stored_id = await sql.value("SELECT id FROM activities_post WHERE uri = %s", [post.uri])
        if stored_id is not None:
            return stored_id == post.pk
    return False


def _tombstone(author: Identity, uri: str) -> Post:
    now = clock.now()
    return Post(
        author=author,
        uri=uri,
        is_local=False,
        visibility=Visibility.mentioned,
        created_at=now,
        deleted_at=now,
        state=PostGraph.gone.name,
    )


async def _set_parts(
    post: Post,
    author: Identity,
    document: PostDocument,
    addressed: tuple[set[int], set[int]],
    silent_for: Iterable[int] = (),
) -> list[int]:
    """Return the ids of newly mentioned identities."""
    named, silent = addressed
    newly_named = await set_mentions(post.pk, named, {*silent, *silent_for} - named)
    tags = {normal_tag(name): name for tag in document.hashtags if (name := clean_tag(tag))}
    await set_hashtags(post.pk, tags)
    await remote_emojis.store_emojis(host_of(author.uri), document.emojis)
    await set_remote_attachments(post.pk, author.pk, document.attachments)
    return newly_named


async def connect_orphans(post: Post, address: str) -> None:
    """Connect replies to `address` that arrived before this post to it and its conversation. In a transaction.

    Served by activities_post_orphans.
    """
    connected = await sql.rows(
        """UPDATE activities_post SET in_reply_to_id = %(post)s, in_reply_to_uri = '', in_reply_to_author_id = %(author)s,
               conversation_id = %(conversation)s
           WHERE in_reply_to_uri = %(uri)s AND in_reply_to_uri <> '' AND id <> %(post)s
           RETURNING id, visibility, deleted_at, state""",
        {
            "post": post.pk,
            "author": post.author_id,
            "conversation": post.conversation_id,
            "uri": address,
        },
    )
    if not connected:
        return
    held = await hold_unapproved(post, [row[0] for row in connected])
    public = sum(
        1
        for reply_id, visibility, deleted_at, state in connected
        if visibility <= Visibility.unlisted
        and not deleted_at
        and reply_id not in held
        and state not in HIDDEN_STATES  # those are counted when they are published
    )
    if public:
        await counters.change_count(post.pk, "replies_count", public)
    # descendants of the orphans were in a conversation named after one of them
    joined = [row[0] for row in connected]
    await sql.run(
        "UPDATE activities_post SET conversation_id = %(conversation)s WHERE conversation_id = ANY(%(old)s::bigint[])",
        {"conversation": post.conversation_id, "old": joined},
    )
    if post.conversation_id is not None:
        await events.on_conversations_joined.emit(post.conversation_id, joined)
