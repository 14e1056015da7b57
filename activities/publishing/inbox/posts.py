"""Incoming Create, Update and Delete of posts. Posts without local interest are not stored."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from activities.approvals.activitypub import APPROVAL_TYPES
from activities.approvals.services import answering
from activities.polls.services import options_at, receive_votes, stated_at
from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Interaction, Post, PostType, Visibility
from activities.posts.queries.posts import id_by_uri
from activities.publishing.activitypub import (
    author_of,
    is_of_own_kind,
    is_post,
    is_vote,
    may_be_vote,
    parse_post,
    vote_name,
)
from activities.publishing.inbox.forwarding import forward
from activities.publishing.inbox.groups import moderate_directly
from activities.publishing.inbox.unasked import refuse
from activities.publishing.kinds import OTHER_KINDS
from activities.publishing.services import groups
from activities.publishing.services.fetching import ensure_post, post_at, refetch
from activities.publishing.services.receiving import (
    publish_fetched,
    receive_delete,
    receive_edit,
    receive_post,
)
from activities.quotes.services.quotes import receive_revocation
from core import clock
from core.db import sql
from core.errors import BadInput, NotAllowed
from federation.documents import as_id, as_ids, host_of, same_host
from federation.inbox.incoming import type_of
from federation.registry import (
    Dependency,
    Handled,
    IncomingActivity,
    NeedsFetch,
    Verdict,
    done,
    ignored,
    needs,
    on,
    refused,
    resolver,
)
from users.collections import services as collections
from users.domains.queries import is_local_host
from users.identities.inbox import actor_of, delete_actor
from users.identities.models import Identity
from users.relations.queries.relationships import has_local_followers
from users.relations.services.revoked_activities import record_revoked, was_deleted

_KINDS = (*PostType, *OTHER_KINDS)
_MAX_NOTES = 20  # per Create
_UPDATE_IS_CREATE_FOR = dt.timedelta(days=1)  # of its publication, as in Mastodon


@resolver("object")
async def resolve_post(uri: str) -> None:
    """Fetch and store the post."""
    await ensure_post(uri)


def _notes(activity: IncomingActivity) -> list[Mapping[str, Any]]:
    """Return the embedded objects: one, or several votes of one actor (GoToSocial)."""
    parts = activity.object if isinstance(activity.object, list) else [activity.object]
    return [part for part in parts if isinstance(part, Mapping)]


@on("Create")
async def receive_create(activity: IncomingActivity) -> Handled:
    """Store a post that concerns a local user: a follower, an addressee, or the author of the parent or quoted post."""
    notes = _notes(activity)
    if not notes:
        return await _create_by_name(activity)
    if await _are_votes(notes):
        return await _receive_votes(activity, notes)
    results = []
    for note in notes[:_MAX_NOTES]:
        try:
            results.append(await _receive_note(activity, note))
        except BadInput as problem:  # the others may be valid
            results.append(refused(problem.sentence))
    return next((result for result in results if result.verdict is Verdict.DONE), results[0])


async def _receive_note(activity: IncomingActivity, note: Mapping[str, Any]) -> Handled:
    if not is_post(note):
        kind = type_of(note)[:100]
        return ignored(f"{kind or 'an object without type'} is not shown as a post")
    if author_of(note) != activity.actor:
        return refused("the post names another author than its sender")
    author = await actor_of(activity)
    document = _parse(activity, author, note)
    if activity.target is None and not (
        await _concerns_somebody(author, document)
        # forwarded by the parent's author: their local followers read the conversation
        or (activity.is_forwarded and await id_by_uri(document.in_reply_to_uri) is not None)
    ):
        return ignored("it concerns nobody here")
    if await was_deleted(document.uri):  # by an author who was unknown then
        return ignored("it was deleted before it came")
    try:
        post = await receive_post(author=author, document=document, silent_for=_silently(activity, document))
    except NotAllowed as problem:
        answered = await post_at(document.in_reply_to_uri) if document.in_reply_to_uri else None
        return await refuse(Interaction.reply, author, answered, document.uri, problem)
    if post is None:
        return ignored("it was deleted before it came, or a rule of staff drops it")
    await forward(activity, post)
    return done()


def _parse(activity: IncomingActivity, author: Identity, note: Mapping[str, Any]) -> PostDocument:
    document = parse_post(
        note,
        author_followers_url=author.followers_url,
        author_following_url=author.following_url,
        audience_of=activity.document,
    )
    return replace(document, question=stated_at(document.question, activity.said_at))


async def _are_votes(notes: list[Mapping[str, Any]]) -> bool:
    """Return whether each is a vote: by its form, or because its name is an option of the stored poll that it replies to."""
    if not all(may_be_vote(note) for note in notes):
        return False
    if all(is_vote(note) for note in notes):
        return True
    options = await options_at(as_id(notes[0].get("inReplyTo")))
    return all(is_vote(note) or vote_name(note) in options for note in notes)


async def _receive_votes(activity: IncomingActivity, notes: list[Mapping[str, Any]]) -> Handled:
    """Receive votes in a local poll. Mastodon sends one per Create, GoToSocial all of an actor at once."""
    question_uri = as_id(notes[0].get("inReplyTo"))
    if any(
        author_of(note) != activity.actor or as_id(note.get("inReplyTo")) != question_uri for note in notes
    ):
        return refused("the votes are not all its sender's, or not for one poll")
    if await id_by_uri(question_uri) is None:
        return ignored("there is no such poll here")
    votes = [(as_id(note.get("id")), vote_name(note)) for note in notes]
    reason = await receive_votes(author=await actor_of(activity), question_uri=question_uri, names=votes)
    return ignored(reason) if reason else done()


async def _create_by_name(activity: IncomingActivity) -> Handled:
    """Handle a Create that contains only the post's id: fetch it if its author has local followers, or it is addressed to a local user
    (activitypub-bot).
    """
    if not activity.object_id:
        return ignored("it says nothing about what was created")
    author = await actor_of(activity)
    if not (await has_local_followers(author) or await _addresses_somebody(activity)):
        return ignored("it concerns nobody here")
    post = await Post.objects.filter(uri=activity.object_id).afirst()
    if post is None:
        raise NeedsFetch(activity.object_id, "object")
    if post.author_id != author.pk or post.deleted_at is not None:
        return ignored("it is not by the sender")
    if post.fetched_at is not None and post.fetched_at >= activity.received_at:
        await publish_fetched(
            post
        )  # it was fetched for this Create, so it is added to followers' home timelines now
    return done()


async def _addresses_somebody(activity: IncomingActivity) -> bool:
    """Return whether it addresses a local user, or arrived in a personal inbox, and its object is on the sender's own host."""
    if not same_host(activity.object_id, activity.actor):
        return False
    named = [uri for name in ("to", "cc") for uri in as_ids(activity.document.get(name))]
    return activity.target is not None or any([await is_local_host(host_of(uri)) for uri in named])


def _silently(activity: IncomingActivity, document: PostDocument) -> set[int]:
    """Return the owner of the personal inbox that received a direct post without being addressed: they may read it.

    Not for followers-only posts: followers can read them anyway, while they follow (servers without shared inboxes send all posts this
    way).
    """
    is_for_some = document.visibility is Visibility.mentioned
    return {activity.target} if is_for_some and activity.target is not None else set()


async def _concerns_somebody(author: Identity, document: PostDocument) -> bool:
    """Return whether the author has local followers, or the post addresses or mentions a local user, or refers to a stored post.

    Posts by the unique index on uri.
    """
    named = [*document.addressed, *(mention.href for mention in document.mentions)]
    for uri in named:
        if await is_local_host(host_of(uri)):
            return True
    about = [uri for uri in (document.in_reply_to_uri, document.quote_uri) if uri]
    if about and await _is_about_ours(about):
        return True
    return await has_local_followers(author)


async def _is_about_ours(uris: list[str]) -> bool:
    """Return whether one of these posts was written here, or is in a conversation with local participants."""
    found = await sql.value(
        """SELECT 1 FROM activities_post p WHERE p.uri = ANY(%(uris)s::text[]) AND p.deleted_at IS NULL
           AND (p.is_local OR EXISTS (SELECT 1 FROM activities_post t
                                      WHERE t.conversation_id = p.conversation_id AND t.is_local)) LIMIT 1""",
        {"uris": uris},
    )
    return found is not None


@resolver("edited object")
async def refetch_edited(uri: str) -> None:
    """Fetch a post again, after its server said that it changed."""
    post = (
        await Post.objects.select_related("author").filter(uri=uri, is_local=False, deleted_at=None).afirst()
    )
    if post is not None:
        await refetch(post, said_at=clock.now())


@needs("Update")
async def require_public_form(activity: IncomingActivity) -> Iterable[Dependency]:
    """Require the public form of the sender's stored post, for an Update of a software-specific type, or one that contains only its id."""
    note = next(iter(_notes(activity)), None)
    if not activity.object_id or not (note is None or is_of_own_kind(note)):
        return []
    is_here = await Post.objects.filter(
        uri=activity.object_id, author__uri=activity.actor, is_local=False, deleted_at=None
    ).aexists()
    return [Dependency(activity.object_id, "edited object")] if is_here else []


@on("Update", *_KINDS)
async def receive_update(activity: IncomingActivity) -> Handled:
    """Apply an edit to a known post if the document is newer. BookWyrm's own types are fetched at their id.

    An unknown post of the last day is treated as a Create, which its server may only repeat later.
    """
    notes = _notes(activity)
    if not notes:
        return ignored("it does not say what the post is now")
    if author_of(notes[0]) != activity.actor:
        return refused("only its author may change a post")
    if is_of_own_kind(notes[0]):  # it was refetched before this (require_public_form)
        is_here = await Post.objects.filter(uri=activity.object_id, deleted_at=None).aexists()
        return done() if is_here else ignored("nobody here has this post")
    author = await actor_of(activity)
    document = _parse(activity, author, notes[0])
    if (edited := await receive_edit(author=author, document=document, said_at=activity.said_at)) is not None:
        await forward(activity, edited)
        return done()
    if document.published < clock.now() - _UPDATE_IS_CREATE_FOR or await id_by_uri(document.uri) is not None:
        return ignored("nobody here has this post")
    return await _receive_note(activity, notes[0])  # its Create has not arrived yet


@on("Update")
async def receive_bare_update(activity: IncomingActivity) -> Handled:
    """Accept an Update that contains only a post's id, which was refetched before this; ignore any other object except embedded posts and
    actors.
    """
    if not activity.object_type and await require_public_form(activity):
        return done()
    return ignored(f"{activity.object_type or 'an object by its id'} can't be updated here")


@on("Delete", "Tombstone", *_KINDS)
async def receive_post_delete(activity: IncomingActivity) -> Handled:
    """Delete a post if its author says so, or remove it from a group if its moderator does.

    For an unknown one record the Delete, so that a late Create has no effect.
    """
    if await moderate_directly(activity, activity.document, is_removed=True):
        return done()
    if not same_host(activity.object_id, activity.actor):
        if await id_by_uri(activity.object_id) is None and (uri := as_id(activity.object_id)):
            await groups.decide_early(
                uri,
                groups.REMOVED,
                group=None,
                actor_uri=activity.actor,
                said_at=activity.said_at,
                is_over=False,
            )
        return refused("only its author may delete a post")
    author = await Identity.objects.filter(uri=activity.actor, deleted_at=None).afirst()
    if author is None:
        await record_revoked(activity.object_id, actor_uri=activity.actor, said_at=activity.said_at)
        return ignored("nobody here knows this actor")
    gone = await receive_delete(author=author, uri=activity.object_id)
    if gone is None:  # possibly a boost that has not arrived yet
        await record_revoked(activity.object_id, actor_uri=activity.actor, said_at=activity.said_at)
    if gone is None:
        return ignored("nobody here has this post")
    await forward(activity, gone)
    return done()


@on("Delete", *APPROVAL_TYPES)
async def receive_approval_delete(activity: IncomingActivity) -> Handled:
    """Hide the quote, reply or boost whose approval was deleted; a like is removed."""
    found = await _revoke(await actor_of(activity), activity.object_id)
    return done() if found else ignored("nobody here knows this approval")


async def _revoke(author: Identity, uri: str) -> bool:
    return await receive_revocation(actor=author, stamp=uri) or await answering.receive_revocation(
        actor=author, approval=uri
    )


@on("Delete")
async def receive_bare_delete(activity: IncomingActivity) -> Handled:
    """Delete the actor itself, or a post, collection or approval of theirs that is given by its id."""
    if not activity.object_id:
        return ignored("it does not say what is gone")
    if activity.object_id == activity.actor:
        return await delete_actor(activity)
    author = await Identity.objects.filter(uri=activity.actor, deleted_at=None).afirst()
    if author is not None and await _revoke(author, activity.object_id):
        return done()
    if author is not None and (
        await collections.receive_revocation(person=author, stamp=activity.object_id)
        or await collections.forget_remote_collection(author, activity.object_id)
    ):
        return done()
    return await receive_post_delete(activity)
