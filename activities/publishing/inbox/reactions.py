"""Incoming Announce and Like, and the Undo of each. An EmojiReact, and a Like with an emoji, are reactions."""

from collections.abc import Mapping

from activities.approvals.services.asking import withdraw
from activities.posts.activitypub.policies import stated_approval
from activities.posts.models import Interaction, Post, Visibility
from activities.posts.queries.groups import is_shown_by
from activities.posts.queries.visibility import may_see
from activities.publishing.activitypub import announce_visibility, published_of
from activities.publishing.inbox.unasked import refuse
from activities.publishing.services.consent import ask_for_approval, must_wait
from activities.publishing.services.fetching import post_at
from activities.publishing.services.receiving_reactions import (
    receive_boost,
    receive_like,
    undo_boost,
    undo_like,
)
from activities.reactions.activitypub import ReactionDocument, parse_reaction
from activities.reactions.services import receiving as reactions
from core.errors import BadInput, NotAllowed
from federation.documents import id_of, same_host
from federation.registry import Handled, IncomingActivity, NeedsFetch, done, ignored, on, refused
from users.identities.inbox import actor_of
from users.identities.models import ActorType, Identity
from users.relations.inbox import undo_relation_by_id
from users.relations.queries.relationships import has_local_followers
from users.relations.services.revoked_activities import record_revoked, was_revoked


@on("Announce")
async def receive_announce(activity: IncomingActivity) -> Handled:
    """Store a boost of a local post, or a boost by an actor with local followers."""
    if not activity.object_id:
        return ignored("it does not say what is boosted")
    if await was_revoked(activity.id, activity.said_at):
        return ignored("it was taken back before it came")
    booster = await actor_of(activity)
    post = await post_at(activity.object_id)
    if not (post is not None and post.is_local) and not await has_local_followers(booster):
        return ignored("it concerns nobody here")
    if post is None:
        raise NeedsFetch(activity.object_id, "object")
    if booster.actor_type == ActorType.group and not await is_shown_by(
        booster.pk, post.pk, post.in_reply_to_id
    ):
        return ignored("it is a reply in a thread of the group, or was removed from it")
    visibility = announce_visibility(activity.document, booster.followers_url)
    try:
        waits = post.visibility <= Visibility.unlisted and await must_wait(
            Interaction.boost, booster, post, activity.id
        )
    except NotAllowed as problem:
        return await refuse(Interaction.boost, booster, post, activity.id, problem)
    if waits:
        stated = stated_approval(Interaction.boost, activity.document)
        if not post.is_local and not stated:
            return refused("the author of the post has not approved it")
        await ask_for_approval(
            Interaction.boost, booster, post, activity.id, visibility=visibility, stated_uri=stated
        )
        return done()
    boost = await receive_boost(
        author=booster,
        uri=activity.id,
        original=post,
        visibility=visibility,
        published=published_of(activity.document),
        said_at=activity.said_at,
    )
    return done() if boost is not None else ignored("there is another post with its id")


@on("Like")
@on("EmojiReact")
async def receive_reaction(activity: IncomingActivity) -> Handled:
    """Store a like of a local post, or an emoji reaction to it, or a reaction to a public post by an actor on its server or with local
    followers.

    A remote post's own server states its like count, but nobody states reaction counts, so reactions are stored.
    """
    if await was_revoked(activity.id, activity.said_at):
        return ignored("it was taken back before it came")
    post = await post_at(activity.object_id)
    reaction = parse_reaction(activity.document)
    if post is None or (reaction is None and not post.is_local):
        return ignored("it is not about a post that was written here")
    author = await actor_of(activity)
    if not post.is_local and not await _is_shown_with(post, author, reaction):
        return ignored("it concerns nobody here")
    if not await may_see(author, post.pk):
        return refused("the post is not meant for this actor")
    try:
        waits = post.is_local and await must_wait(Interaction.like, author, post, activity.id)
    except NotAllowed as problem:
        return await refuse(Interaction.like, author, post, activity.id, problem)
    if waits:
        await ask_for_approval(Interaction.like, author, post, activity.id)
        return done()
    if reaction is None or not await reactions.can_be_shown(author, reaction):
        await receive_like(author=author, post=post, uri=activity.id, said_at=activity.said_at)
        return done()
    try:
        await reactions.receive_reaction(
            author=author, post=post, reaction=reaction, uri=activity.id, said_at=activity.said_at
        )
    except BadInput:
        return refused("the actor has reacted too often to this post")
    return done()


async def _is_shown_with(post: Post, author: Identity, reaction: ReactionDocument | None) -> bool:
    """Return whether a reaction to a remote post is shown: by an actor on the post's server, or one with local followers."""
    return (
        reaction is not None
        and post.boost_of_id is None
        and post.visibility <= Visibility.unlisted
        and await reactions.can_be_shown(author, reaction)
        and (same_host(author.uri, post.uri) or await has_local_followers(author))
    )


@on("Undo", "Announce")
async def receive_undo_announce(activity: IncomingActivity) -> Handled:
    """Undo the actor's boost. A boost signed earlier has no effect if it arrives later."""
    about = _about(activity) if await _remember(activity) else ""
    author, uri = await actor_of(activity), _own_id(activity)
    withdrawn = await withdraw(identity=author, uri=uri)
    found = await undo_boost(author=author, said_at=activity.said_at, uri=uri, original_uri=about)
    return done() if found or withdrawn else ignored("there is no such boost")


@on("Undo", "Like", "EmojiReact")
async def receive_undo_like(activity: IncomingActivity) -> Handled:
    """Undo the actor's like or reaction. One signed earlier has no effect if it arrives later."""
    post_uri = _about(activity) if await _remember(activity) else ""
    author, uri = await actor_of(activity), _own_id(activity)
    if await withdraw(identity=author, uri=uri):
        return done()
    reaction = parse_reaction(activity.object) if isinstance(activity.object, Mapping) else None
    if await reactions.undo_reaction(
        author=author, said_at=activity.said_at, uri=uri, post_uri=post_uri, reaction=reaction
    ):
        return done()
    is_reaction = reaction is not None or activity.object_type == "EmojiReact"
    # a repeated Undo of a reaction does not remove a like of the same post
    about = "" if is_reaction else post_uri
    found = await undo_like(author=author, said_at=activity.said_at, uri=uri, post_uri=about)
    return done() if found else ignored("there is no such like")


@on("Undo", "Create", "Update")
async def ignore_undo_of_change(activity: IncomingActivity) -> Handled:
    """Ignore an Undo of a post or an edit, which are final."""
    return ignored(f"a {activity.object_type} is not taken back")


@on("Undo")
async def receive_bare_undo(activity: IncomingActivity) -> Handled:
    """Undo a boost, like, reaction, follow or block that is given by its id."""
    if not activity.object_id:
        return ignored("it does not say what is taken back")
    if not _own_id(activity):
        return ignored("it takes back something of another server")
    await _remember(activity)
    if await undo_relation_by_id(activity):
        return done()
    author = await actor_of(activity)
    if await withdraw(identity=author, uri=activity.object_id):
        return done()
    for undo in (undo_like, reactions.undo_reaction, undo_boost):
        if await undo(author=author, said_at=activity.said_at, uri=activity.object_id):
            return done()
    return ignored("there is nothing to take back")


async def _remember(activity: IncomingActivity) -> bool:
    """Record an Undo. Return False for a repeated one, which can only refer to the row with the id that it names."""
    return await record_revoked(activity.object_id, actor_uri=activity.actor, said_at=activity.said_at)


def _own_id(activity: IncomingActivity) -> str:
    """Return the id of the undone activity if it is on the actor's host, so that no actor can cancel another's future activity."""
    return activity.object_id if same_host(activity.object_id, activity.actor) else ""


def _about(activity: IncomingActivity) -> str:
    """Return the post of the activity inside an Undo."""
    return id_of(activity.object.get("object")) if isinstance(activity.object, Mapping) else ""
