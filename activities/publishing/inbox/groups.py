"""Activities that groups announce to their followers (FEP-1b12), and moderation of posts in groups.

An announced activity is only a hint: a post is fetched from its own server, and a group's decisions apply to posts that address it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from activities.posts.models import Post, Visibility
from activities.posts.queries.groups import is_in_group, is_shown_by
from activities.posts.queries.posts import id_by_uri
from activities.publishing.activitypub import announce_visibility, published_of
from activities.publishing.services import groups
from activities.publishing.services.fetching import post_at
from activities.publishing.services.pins import MAX_PINS, add_remote_pin, is_latest_about_pin, remove_pin
from activities.publishing.services.receiving import add_to_homes_late
from activities.publishing.services.receiving_reactions import receive_boost
from core import clock
from federation.documents import as_id, host_of, id_of, unwrap_single
from federation.inbox.incoming import type_of
from federation.inbox.waiting import wait_for_fetch_of
from federation.peers import is_blocked
from federation.registry import Dependency, Handled, IncomingActivity, NeedsFetch, done, ignored, needs, on
from users.domains.queries import is_local_host
from users.identities.inbox import actor_of
from users.identities.models import ActorType, Identity
from users.relations.queries.relationships import has_local_followers
from users.relations.services.revoked_activities import was_revoked

ANNOUNCED = (
    "Create",
    "Update",
    "Delete",
    "Remove",
    "Lock",
    "Like",
    "Dislike",
    "EmojiReact",
    "Undo",
    "Add",
    "Block",
    "Flag",
    "Announce",
)
_VOTES = ("Like", "EmojiReact")
_WAITING = (*_VOTES, "Dislike", "Add")
_DECISIONS = {"Lock": groups.LOCKED, "Delete": groups.REMOVED, "Remove": groups.REMOVED}


def _announced(activity: IncomingActivity) -> Mapping[str, Any]:
    """Return the announced activity as sent: its contents are unverified."""
    inner = unwrap_single(activity.document.get("object"))
    return inner if isinstance(inner, Mapping) and type_of(inner) in ANNOUNCED else {}


@needs("Announce")
async def require_changed_post(activity: IncomingActivity) -> Iterable[Dependency]:
    """Require the current document of a post from its own server, if a group announces an edit or a deletion.

    Or that of the group itself, if its moderators edited it.
    """
    inner = _announced(activity)
    kind, uri = type_of(inner), id_of(inner.get("object"))
    if kind not in {"Update", "Delete"} or not uri:
        return []
    group = await Identity.objects.filter(uri=activity.actor, actor_type=ActorType.group).afirst()
    if group is None:
        return []
    if uri == group.uri:
        return [Dependency(uri, "fresh actor")] if kind == "Update" else []
    post = await _post_in(group, uri)
    if post is None or post.is_local or (kind == "Delete" and as_id(inner.get("actor")) != post.author.uri):
        return []
    return [Dependency(uri, "object or its end")]


@on("Announce", *ANNOUNCED)
async def receive_announced(activity: IncomingActivity) -> Handled:
    """Apply what a group announces: posts for its followers, replies, edits, moderation and votes."""
    inner = _announced(activity)
    group = await actor_of(activity)
    if not inner or group.actor_type != ActorType.group:
        return ignored("activities are passed on by groups only")
    if await was_revoked(activity.id, activity.said_at):
        return ignored("it was taken back before it came")
    kind, uri = type_of(inner), id_of(inner.get("object"))
    if kind == "Undo":
        undone = unwrap_single(inner.get("object"))
        return (
            await _undo(activity, group, undone)
            if isinstance(undone, Mapping)
            else ignored("it does not say what is undone")
        )
    if not uri:
        return ignored("it does not say what it is about")
    if kind == "Create":
        return await _receive_post(activity, group, inner)
    if kind == "Block":
        return await _ban(group, inner, is_banned=True, said_at=activity.said_at)
    if uri == group.uri:  # was refetched before this if it was edited
        return done() if kind == "Update" else ignored(f"the {kind} of a group changes nothing here")
    post = await _post_in(group, uri)
    if post is None:
        return await _early(activity, group, inner, is_over=False)
    return await _apply(kind, group, post, inner, activity.said_at)


async def _receive_post(activity: IncomingActivity, group: Identity, inner: Mapping[str, Any]) -> Handled:
    """Show a post to the group's followers, once; a reply whose conversation is known is only stored."""
    note = unwrap_single(inner.get("object"))
    uri = id_of(note)
    if not await has_local_followers(group):
        return ignored("nobody here follows the group")
    post = await post_at(uri)
    if post is None:
        if await is_local_host(host_of(uri)):
            return ignored("there is no such post here")
        parent = as_id(note.get("inReplyTo")) if isinstance(note, Mapping) else ""
        if parent and await id_by_uri(parent) is None:
            return ignored("its conversation is not here")
        raise NeedsFetch(uri, "object")
    if post.boost_of_id is not None:
        return ignored("it is a boost")
    if not post.is_local and post.fetched_at is not None and post.fetched_at >= activity.received_at:
        await add_to_homes_late(post)  # fetched for this Announce, which replaces its author's Create
    if post.in_reply_to_id is not None or post.in_reply_to_uri:
        return done()
    if not await is_shown_by(group.pk, post.pk, None):
        return ignored("its moderators removed it")
    boost = await receive_boost(
        author=group,
        uri=activity.id,
        original=post,
        visibility=announce_visibility(activity.document, group.followers_url),
        published=published_of(activity.document),
        said_at=activity.said_at,
    )
    return done() if boost is not None else ignored("there is another post with its id")


async def _apply(
    kind: str, group: Identity, post: Post, inner: Mapping[str, Any], said_at: dt.datetime
) -> Handled:
    match kind:
        case "Update":
            return done()  # it was refetched before this
        case "Delete" if as_id(inner.get("actor")) == post.author.uri:
            return done()  # it was refetched before this
        case "Add" | "Remove" if group.featured_url and id_of(inner.get("target")) == group.featured_url:
            return await _pin(group, post, is_pinned=kind == "Add", said_at=said_at)
        case "Delete" | "Remove" if id_of(inner.get("target")) not in {group.featured_url} - {""}:
            await groups.set_removed(post, group, is_removed=True, said_at=said_at)
            return done()
        case "Lock":
            await groups.set_locked(post, group, is_locked=True, said_at=said_at)
            return done()
        case "Like" | "EmojiReact" | "Dislike":
            return await _vote(post, inner, likes=kind in _VOTES, said_at=said_at)
    return ignored(f"a {kind} that a group passes on changes nothing here")


async def _pin(group: Identity, post: Post, *, is_pinned: bool, said_at: dt.datetime) -> Handled:
    if not await is_latest_about_pin(group, post.uri, said_at):
        return ignored("a later one came before")
    if not is_pinned:
        await remove_pin(author_id=group.pk, post_id=post.pk)
    elif post.visibility > Visibility.unlisted or not await add_remote_pin(
        author_id=group.pk, post_id=post.pk, said_at=said_at
    ):
        return ignored(f"{MAX_PINS} other posts are pinned, or not everyone may see it")
    return done()


async def _early(
    activity: IncomingActivity, group: Identity, decision: Mapping[str, Any], *, is_over: bool
) -> Handled:
    """Record moderators' decisions about an unknown post, which may be fetched later with a page of the group.

    Votes and pins wait while the post is being fetched.
    """
    kind, uri = type_of(decision), as_id(decision.get("object"))
    if uri and await id_by_uri(uri) is None:
        if kind in _WAITING:
            await wait_for_fetch_of(uri, activity)
        if kind == "Remove" and id_of(decision.get("target")) in {group.featured_url} - {""}:
            await is_latest_about_pin(group, uri, activity.said_at)
    else:
        uri = ""
    decided = _DECISIONS.get(kind, "") if decision.get("target") is None else ""
    if not decided or not uri:
        return ignored("no post of this group that is here is meant")
    await groups.decide_early(
        uri, decided, group=group, actor_uri=group.uri, said_at=activity.said_at, is_over=is_over
    )
    return ignored("the post is not here: it is remembered until it comes")


async def _undo(activity: IncomingActivity, group: Identity, undone: Mapping[str, Any]) -> Handled:
    kind, said_at = type_of(undone), activity.said_at
    if kind == "Block":
        return await _ban(group, undone, is_banned=False, said_at=said_at)
    post = await _post_in(group, id_of(undone.get("object")))
    if post is None:
        return await _early(activity, group, undone, is_over=True)
    match kind:
        case "Delete" | "Remove":
            await groups.set_removed(post, group, is_removed=False, said_at=said_at)
            return done()
        case "Lock":
            await groups.set_locked(post, group, is_locked=False, said_at=said_at)
            return done()
        case "Like" | "EmojiReact":
            return await _vote(post, undone, likes=False, said_at=said_at)
    return ignored(f"the Undo of a {kind} that a group passes on changes nothing here")


async def _ban(
    group: Identity, block: Mapping[str, Any], *, is_banned: bool, said_at: dt.datetime
) -> Handled:
    """Remove a banned author's posts from the group if the ban says so, or restore them (Lemmy, PieFed)."""
    wanted = block.get("removeData" if is_banned else "restoreData") is True
    author_uri = as_id(block.get("object"))
    is_of_group = bool(author_uri) and id_of(block.get("target")) == group.uri
    if is_of_group and not is_banned and not wanted:
        await groups.end_ban(author_uri, group, said_at=said_at)
    if not is_of_group or not wanted:
        return ignored("a ban from a group concerns the group's server")
    if not await groups.set_all_removed(author_uri, group, is_removed=is_banned, said_at=said_at):
        return ignored("nothing of theirs in this group is here, or more was decided later")
    return done()


async def _vote(post: Post, vote: Mapping[str, Any], *, likes: bool, said_at: dt.datetime) -> Handled:
    voter = as_id(vote.get("actor"))
    host = host_of(voter)
    if not host or (likes and (await is_local_host(host) or await is_blocked(host))):
        return ignored("it names no voter, or one of this or a blocked server")
    if post.created_at < clock.now() - groups.VOTES_COUNTED_FOR:
        return ignored("the post is too old for votes")
    return (
        done()
        if await groups.receive_vote(post, voter, likes=likes, said_at=said_at)
        else ignored("it changes no number of likes")
    )


async def _post_in(group: Identity, uri: str) -> Post | None:
    """Return the post with this URI if it addresses the group itself."""
    found = Post.objects.select_related("author").filter(uri=uri, boost_of=None, deleted_at=None)
    post = await found.afirst() if uri else None
    if post is None or not await is_in_group(post.pk, group.pk):
        return None
    return post


@on("Lock")
async def receive_lock(activity: IncomingActivity) -> Handled:
    """Lock a post in a group on the moderator's server."""
    return await _lock(activity, is_locked=True)


@on("Undo", "Lock")
async def receive_undo_lock(activity: IncomingActivity) -> Handled:
    """Unlock a post in a group on the moderator's server."""
    return await _lock(activity, is_locked=False)


async def _lock(activity: IncomingActivity, *, is_locked: bool) -> Handled:
    lock = activity.object if activity.type == "Undo" else activity.document
    uri = as_id(lock.get("object")) if isinstance(lock, Mapping) else ""
    post = await post_at(uri) if uri else None
    if uri and post is None:
        await groups.decide_early(
            uri,
            groups.LOCKED,
            group=None,
            actor_uri=activity.actor,
            said_at=activity.said_at,
            is_over=not is_locked,
        )
    group = None if post is None else await groups.moderating_group(post, activity.actor, activity.document)
    if post is None or group is None:
        return ignored("no post here is in a group of this server")
    await groups.set_locked(post, group, is_locked=is_locked, said_at=activity.said_at)
    return done()


async def moderate_directly(
    activity: IncomingActivity, decision: Mapping[str, Any], *, is_removed: bool
) -> bool:
    """Remove a post by another author from a group on the actor's server, or restore it; return whether it is in one."""
    found = Post.objects.select_related("author").filter(
        uri=as_id(decision.get("object")), boost_of=None, deleted_at=None
    )
    post = await found.afirst()
    if post is None or post.author.uri == activity.actor:
        return False
    group = await groups.moderating_group(post, activity.actor, activity.document)
    if group is None or id_of(decision.get("target")) in {group.featured_url} - {""}:
        return False
    await groups.set_removed(post, group, is_removed=is_removed, said_at=activity.said_at)
    return True


@on("Undo", "Delete", "Remove")
async def receive_undo_removal(activity: IncomingActivity) -> Handled:
    """Restore a post that a moderator removed from a group of their server. The end of a post is final."""
    removal = activity.object
    if isinstance(removal, Mapping) and await moderate_directly(activity, removal, is_removed=False):
        return done()
    uri = as_id(removal.get("object")) if isinstance(removal, Mapping) else ""
    if uri and await id_by_uri(uri) is None:
        await groups.decide_early(
            uri, groups.REMOVED, group=None, actor_uri=activity.actor, said_at=activity.said_at, is_over=True
        )
    return ignored(f"a {activity.object_type} is not taken back")


@on("Dislike")
@on("Undo", "Dislike")
async def receive_dislike(activity: IncomingActivity) -> Handled:
    """Ignore a dislike, which is not supported."""
    return ignored("dislikes are not shown here")
