"""Resolution of the actors in an activity, and Update and Delete of an actor.

The actor and the actors that an activity mentions must be known before its handler runs.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from core.errors import Gone
from federation.documents import host_of, same_host
from federation.registry import (
    Dependency,
    Handled,
    IncomingActivity,
    NeedsFetch,
    done,
    ignored,
    needs,
    on,
    refused,
    resolver,
)
from federation.registry import actor_gone as register_actor_gone
from stator import transition
from users.domains.queries import is_local_host
from users.identities.activitypub.parsing import parse_actor
from users.identities.models import ActorType, Identity, IdentityGraph
from users.identities.queries import identities as reads
from users.identities.services import remote_actors

_SAME_TIME = dt.timedelta(seconds=1)  # signatures have whole seconds


@resolver("actor")
async def resolve_actor(uri: str) -> None:
    """Fetch and store the actor."""
    await remote_actors.ensure_actor(uri)


@resolver("fresh actor")
async def refetch_actor(uri: str) -> None:
    """Fetch the actor again and store its current document."""
    if not await is_local_host(host_of(uri)):
        await remote_actors.fetch_and_store(uri, fresh=True)


@needs(
    "Follow",
    "Accept",
    "Reject",
    "Block",
    "Create",
    "Announce",
    "Like",
    "EmojiReact",
    "Add",
    "Remove",
    "Flag",
    "Move",
)
async def require_actor(activity: IncomingActivity) -> Iterable[Dependency]:
    """Require the actor's document unless the actor is known."""
    known = await Identity.objects.filter(uri=activity.actor).aexists()
    return [] if known else [Dependency(activity.actor, "actor")]


@register_actor_gone
async def actor_gone(uri: str) -> None:
    await remote_actors.delete_gone_actor(uri)


async def actor_of(activity: IncomingActivity) -> Identity:
    """Return the identity of the actor; require its document if it is unknown."""
    identity = await reads.by_uri(activity.actor)
    if identity is None:
        raise NeedsFetch(activity.actor, "actor")
    if identity.deleted_at is not None:
        raise Gone(code="account_deleted")
    if identity.state == IdentityGraph.unreachable:  # it is active, so its server can be asked again
        await transition(identity, IdentityGraph.outdated)
    return identity


async def local_identity(uri: str) -> Identity | None:
    """Return the local identity with this id."""
    identity = await reads.by_uri(uri.partition("#")[0])
    return identity if identity is not None and identity.is_local and identity.deleted_at is None else None


@needs("Update")
async def require_group(activity: IncomingActivity) -> list[Dependency]:
    """Require a group's document from its server, after a moderator on the same server edited it (Lemmy, Mbin)."""
    uri = activity.object_id
    if activity.object_type != ActorType.group or uri == activity.actor or not same_host(uri, activity.actor):
        return []
    group = Identity.objects.filter(uri=uri, actor_type=ActorType.group, domain=None, deleted_at=None)
    return [Dependency(uri, "fresh actor")] if await group.aexists() else []


@on("Update", *ActorType)
async def receive_update(activity: IncomingActivity) -> Handled:
    """Update the actor's profile, if it is the actor's own and the actor is known.

    A group that a moderator on its server edited was fetched before this.
    """
    if activity.object_type == ActorType.group and await require_group(activity):
        return done()
    if activity.object_id != activity.actor:
        return refused("only an actor itself may change its profile")
    identity = await reads.by_uri(activity.actor)
    if identity is None:
        return ignored("nobody here knows this actor")
    if identity.deleted_at is not None:
        return ignored("this actor was deleted")
    if not isinstance(activity.object, Mapping) or "inbox" not in activity.object:
        return ignored("it does not say what the profile is now")
    if identity.fetched_at is not None and activity.said_at < identity.fetched_at - _SAME_TIME:
        await transition(
            identity, IdentityGraph.outdated
        )  # a later Update may have come first: only its server knows the current state
        return done()
    await remote_actors.update_from_document(identity, parse_actor(activity.object))
    return done()


@on("Delete", *ActorType)
async def receive_delete(activity: IncomingActivity) -> Handled:
    """Delete the actor, if the Delete is its own."""
    return await delete_actor(activity)


async def delete_actor(activity: IncomingActivity) -> Handled:
    """Delete an actor that deleted itself.

    For Deletes with only an id as object: call this if it is the actor's own id.
    """
    if activity.object_id != activity.actor:
        return refused("only an actor itself may delete itself")
    if await remote_actors.delete_gone_actor(activity.actor):
        return done()
    return ignored("nobody here knows this actor")
