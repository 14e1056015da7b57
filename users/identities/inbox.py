"""Resolution of the actors in an activity, and Update and Delete of an actor.

The actor and the people that an activity names must be known before its handler runs.
"""

from collections.abc import Iterable, Mapping

from core.crypto.keys import unseal
from core.errors import Gone
from federation.documents import host_of
from federation.registry import (
    Handled,
    IncomingActivity,
    Need,
    NeedsFetch,
    done,
    ignored,
    needs,
    on,
    proof_key_provider,
    refused,
    resolver,
    signing_key_provider,
    system_base_url,
)
from federation.registry import actor_gone as register_actor_gone
from federation.registry import inbox_owner as register_inbox_owner
from federation.registry import knows_actor as register_knows_actor
from federation.signatures import SigningKey
from stator import transition
from users.domains.queries import domain_for_host, is_local_host, local_domains
from users.identities.activitypub.parsing import parse_actor
from users.identities.models import ActorType, Identity, IdentityGraph, KeyUse
from users.identities.queries import identities as reads
from users.identities.queries.keys import key_of
from users.identities.services import remote_actors


@resolver("actor")
async def resolve_actor(uri: str) -> None:
    """Fetch and store the actor."""
    await remote_actors.ensure_actor(uri)


@resolver("fresh actor")
async def refetch_actor(uri: str) -> None:
    """Fetch the actor again and store what its server says now."""
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
async def require_actor(activity: IncomingActivity) -> Iterable[Need]:
    """Require the actor's document unless the actor is known."""
    known = await Identity.objects.filter(uri=activity.actor).aexists()
    return [] if known else [Need(activity.actor, "actor")]


@register_knows_actor
async def knows_actor(uri: str) -> bool:
    return await Identity.objects.filter(uri=uri, deleted_at=None).aexists()


@register_actor_gone
async def actor_gone(uri: str) -> None:
    await remote_actors.delete_gone_actor(uri)


@register_inbox_owner
async def inbox_owner(host: str, username: str) -> int | None:
    """Return the identity that owns the inbox, when it is on a domain of ours."""
    domain = await domain_for_host(host)
    identity = await reads.local_by_username(domain, username) if domain else None
    return identity.pk if identity is not None and identity.deleted_at is None else None


@system_base_url
async def main_base_url() -> str:
    """Return the base URL of the oldest domain, which stands for the installation."""
    domains = await local_domains()
    if not domains:
        raise LookupError("there is no domain yet")
    return domains[0].base_url


@signing_key_provider
async def signing_key(signer_id: int) -> SigningKey:
    """Return a local identity's key; also of one that is gone, whose Delete still has to be signed.

    A negative id is for the key before the last rotation, or the present one when that has expired.
    """
    if signer_id < 0:
        retired = await key_of(-signer_id, KeyUse.retired)
        if retired is not None:
            return SigningKey(retired.key_id, unseal(retired.private))
        signer_id = -signer_id
    found = await (
        Identity.objects.filter(pk=signer_id, domain__isnull=False)
        .values_list("public_key_id", "private_key")
        .afirst()
    )
    if found is None:
        raise LookupError(f"no local identity {signer_id}")
    return SigningKey(found[0], unseal(found[1]))


@proof_key_provider
async def proof_key(signer_id: int) -> SigningKey | None:
    """Return the key of a local identity's proofs, if it has one."""
    found = await key_of(signer_id, KeyUse.assertion)
    return None if found is None else SigningKey(found.key_id, unseal(found.private))


async def actor_of(activity: IncomingActivity) -> Identity:
    """Return the identity that acts; asks for it when it is not known."""
    identity = await reads.by_uri(activity.actor)
    if identity is None:
        raise NeedsFetch(activity.actor, "actor")
    if identity.deleted_at is not None:
        raise Gone(code="account_deleted")
    if identity.state == IdentityGraph.unreachable:  # it speaks, so its server can be asked again
        await transition(identity, IdentityGraph.outdated)
    return identity


async def local_identity(uri: str) -> Identity | None:
    """Return the identity of ours that a peer means by this id."""
    identity = await reads.by_uri(uri.partition("#")[0])
    return identity if identity is not None and identity.is_local and identity.deleted_at is None else None


@on("Update", *ActorType)
async def receive_update(activity: IncomingActivity) -> Handled:
    """Update the actor's profile; only about itself, and only when somebody here knows it."""
    if activity.object_id != activity.actor:
        return refused("only an actor itself may change its profile")
    identity = await reads.by_uri(activity.actor)
    if identity is None:
        return ignored("nobody here knows this actor")
    if identity.deleted_at is not None:
        return ignored("this actor was deleted")
    if not isinstance(activity.object, Mapping) or "inbox" not in activity.object:
        return ignored("it does not say what the profile is now")
    await remote_actors.update_from_document(identity, parse_actor(activity.object))
    return done()


@on("Delete", *ActorType)
async def receive_delete(activity: IncomingActivity) -> Handled:
    """Delete the actor, if it says so about itself."""
    return await delete_actor(activity)


async def delete_actor(activity: IncomingActivity) -> Handled:
    """Delete an actor that deleted itself.

    For Deletes that name their object by its id only: call this when it is the actor's own id.
    """
    if activity.object_id != activity.actor:
        return refused("only an actor itself may delete itself")
    if await remote_actors.delete_gone_actor(activity.actor):
        return done()
    return ignored("nobody here knows this actor")
