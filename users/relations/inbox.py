"""Incoming Follow, Accept, Reject, Block, and the Undo of each.

Rows are matched by the two actors first, because ids may be missing or wrong; a known id takes precedence.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from core.errors import NotAllowed
from federation.documents import as_id, host_of
from federation.followers_sync import digest_of
from federation.registry import (
    FOLLOWERS,
    Dependency,
    Handled,
    IncomingActivity,
    done,
    followers_digests,
    ignored,
    needs,
    on,
    refused,
    resolver,
)
from federation.relays import answers as relays
from users.domains.queries import domain_for_host
from users.identities.inbox import actor_of, local_identity
from users.identities.queries import identities as reads
from users.relations.activitypub import follow_uri, reject_document
from users.relations.models import Block, Follow
from users.relations.queries.synchronisation import digests_by_host, local_followers
from users.relations.services import blocking, following
from users.relations.services.pairs import send_to
from users.relations.services.revoked_activities import (
    record_revoked,
    undo_applies,
    was_replaced,
    was_revoked,
)
from users.relations.services.synchronisation import repair_followers


@on("Follow")
async def receive_follow(activity: IncomingActivity) -> Handled:
    """Store a request to follow a local identity. The response is an Accept, at once or later, or a Reject."""
    target = await local_identity(activity.object_id)
    if target is None and (reason := await relays.receive_follow(activity)) is not None:
        return ignored(reason) if reason else done()
    if target is None:
        return ignored("nobody here has that id")
    if await was_revoked(activity.id, activity.said_at):
        return ignored("it was taken back before it came")
    source = await actor_of(activity)
    try:
        await following.follow(source=source, target_id=target.pk, uri=activity.id, said_at=activity.said_at)
    except NotAllowed as problem:
        await send_to(target, source, reject_document(Follow(uri=activity.id), source, target))
        return refused(problem.detail or problem.sentence)
    return done()


async def _answer(
    activity: IncomingActivity, follow: object, answer: Callable[..., Awaitable[object]]
) -> Handled:
    """Apply this actor's answer to a local identity's follow."""
    found = await _followed(activity, follow)
    if isinstance(found, Handled):
        return found
    await answer(target=await actor_of(activity), source_id=found.source_id)
    return done()


async def _followed(activity: IncomingActivity, follow: object) -> Follow | Handled:
    """Return the local identity's follow that this actor answers, or the reason why there is none.

    The two actors identify it if the id is missing or made up, but not if it is one of our ids and names an earlier follow.
    """
    follows = Follow.objects.select_related("source", "target").filter(
        target__uri=activity.actor, source__domain__isnull=False
    )
    uri = as_id(follow)
    row = None
    if isinstance(follow, Mapping) and (source := await local_identity(as_id(follow.get("actor")))):
        row = await follows.filter(source=source).afirst()
        if row is not None and await _is_another_follow(uri, row):
            return ignored("it is about an earlier follow")
    if row is None and uri:
        row = await follows.filter(uri=uri).afirst()
    return row if row is not None else ignored("there is no such follow")


async def _is_another_follow(uri: str, row: Follow) -> bool:
    """Return whether `uri` is the id of another follow than `row`: one that exists, or one that ended and was recorded."""
    if not uri or uri in (row.uri, follow_uri(row.source, row.pk)):
        return False
    return uri.startswith(follow_uri(row.source, "")) or await was_replaced(uri)


@on("Accept", "Follow")
async def receive_accept(activity: IncomingActivity) -> Handled:
    """Mark a follow as accepted. The row is looked up by the actor, so only its target can do it."""
    if await relays.receive_answer(activity):
        return done()
    return await _answer(activity, activity.document.get("object"), following.accept_follow)


@on("Reject", "Follow")
async def receive_reject(activity: IncomingActivity) -> Handled:
    """End a follow that its target rejected, even after accepting it."""
    if await relays.receive_answer(activity):
        return done()
    return await _answer(activity, activity.document.get("object"), following.reject_follow)


@on("Block")
async def receive_block(activity: IncomingActivity) -> Handled:
    """Store a block of a local identity, end the follows between the two and hide each from the other."""
    if activity.document.get("target"):
        return ignored("it is a ban from a group or a server, not a block by its actor")
    target = await local_identity(activity.object_id)
    if target is None:
        return ignored("nobody here has that id")
    if await was_revoked(activity.id, activity.said_at):
        return ignored("it was taken back before it came")
    await blocking.block(
        source=await actor_of(activity), target_id=target.pk, uri=activity.id, said_at=activity.said_at
    )
    return done()


def _object_of(activity: IncomingActivity) -> str:
    """Return the id of the object of the activity inside an Undo."""
    inner = activity.object
    return as_id(inner.get("object")) if isinstance(inner, Mapping) else ""


@on("Undo", "Follow")
async def undo_follow(activity: IncomingActivity) -> Handled:
    """Undo a follow. A Follow signed earlier has no effect if it arrives later."""
    return await _undo(activity, Follow, "follow", following.unfollow)


@on("Undo", "Block")
async def undo_block(activity: IncomingActivity) -> Handled:
    """Undo a block."""
    return await _undo(activity, Block, "block", blocking.unblock)


async def _undo(
    activity: IncomingActivity, model: Any, name: str, end: Callable[..., Awaitable[object]]
) -> Handled:
    """End the relation that an Undo refers to, unless it refers to an earlier one. `name` is the relation's, for reasons."""
    is_new = await record_revoked(activity.object_id, actor_uri=activity.actor, said_at=activity.said_at)
    row = await _row_of(activity, model)
    if row is None:
        return ignored(f"there is no such {name}")
    is_meant = is_new or row.uri == activity.object_id
    if not is_meant or not await undo_applies(activity.object_id, row, activity.said_at):
        return ignored(f"it takes back an earlier {name}")
    await end(source=await actor_of(activity), target_id=row.target_id)
    return done()


async def undo_relation_by_id(activity: IncomingActivity) -> bool:
    """Undo a follow or a block that is given by its id only; return whether it was this actor's."""
    source = await actor_of(activity)
    for model, end in ((Follow, following.unfollow), (Block, blocking.unblock)):
        row = await _row_of(activity, model)
        if row is not None and await undo_applies(activity.object_id, row, activity.said_at):
            await end(source=source, target_id=row.target_id)
            return True
    return False


@on("Undo", "Accept")
async def undo_accept(activity: IncomingActivity) -> Handled:
    """Undo an Accept: the follow ends, as after a Reject."""
    inner = activity.object
    follow = inner.get("object") if isinstance(inner, Mapping) else None
    if not follow:
        return ignored("it does not say whose follow")
    return await _answer(activity, follow, following.reject_follow)


async def _row_of(activity: IncomingActivity, model: Any) -> Any:
    """Return the actor's own follow or block that an Undo refers to, found by its target, else by its id."""
    own = model.objects.filter(source__uri=activity.actor, source__domain=None)
    if about := _object_of(activity):
        target = await local_identity(about)
        return await own.filter(target=target).afirst() if target else None
    return await own.filter(uri=activity.object_id).afirst() if activity.object_id else None


@resolver("followers")
async def repair(asked: str) -> None:
    """Fetch an actor's list of followers and repair local follows of the actor. `asked`: the list's URL, the actor's id and a local host."""
    url, actor, host = asked.rsplit(" ", 2)
    target = await reads.by_uri(actor)
    domain = await domain_for_host(host)
    if target is not None and target.deleted_at is None and not target.is_local and domain is not None:
        await repair_followers(target, url, domain.base_url)


@needs(FOLLOWERS)
async def require_followers(activity: IncomingActivity) -> list[Dependency]:
    """Require the list of an actor's followers on the domain that received their digest, if the digest differs from ours."""
    target = await reads.by_uri(activity.actor)
    host = activity.document.get("host")
    if target is None or target.followers_url != activity.document.get("collection"):
        return []
    uris = [uri for uri in await local_followers(target.pk) if host_of(uri) == host]
    if digest_of(uris) == activity.document.get("digest"):
        return []
    return [Dependency(f"{activity.object_id} {activity.actor} {host}", "followers")]


@on(FOLLOWERS)
async def receive_digest(activity: IncomingActivity) -> Handled:
    """Acknowledge a digest. `require_followers` already fetched the list if the digest differed from ours."""
    return done()


@followers_digests
async def digests_of(identity_id: int) -> tuple[str, dict[str, str]]:
    """Return the followers collection of a local identity, and the digest of those on each host."""
    identity = await reads.by_id(identity_id)
    return ("", {}) if identity is None else (identity.followers_url, await digests_by_host(identity_id))
