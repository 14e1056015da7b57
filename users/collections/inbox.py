"""Incoming requests to join a remote collection, answers to ours, and changes and revocations by owners and members (FEP-7aa9)."""

from collections.abc import Mapping

from federation.documents import as_id, host_of, same_host
from federation.fetching import fetch_document
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
from users.collections import services
from users.collections.activitypub import CollectionDocument, item_of_request, parse_collection, parse_item
from users.collections.models import Collection
from users.domains.queries import is_local_host
from users.identities.inbox import actor_of, local_identity
from users.identities.models import Identity
from users.identities.queries import identities as reads
from users.relations.queries.relationships import has_local_followers


@resolver("collection")
async def resolve_collection(uri: str) -> None:
    """Fetch a collection and store it, if its owner is known and on the same host."""
    if await is_local_host(host_of(uri)):
        return
    said = parse_collection(await fetch_document(uri))
    owner = await reads.by_uri(said.owner_uri) if said is not None else None
    if said is not None and owner is not None and not owner.is_local and owner.deleted_at is None:
        await services.store_remote_collection(owner, said)


@needs("FeatureRequest")
async def require_owner(activity: IncomingActivity) -> list[Dependency]:
    """Require the sender's actor document, unless the sender is known."""
    return [] if await reads.by_uri(activity.actor) else [Dependency(activity.actor, "actor")]


@on("FeatureRequest")
async def receive_request(activity: IncomingActivity) -> Handled:
    """Answer a request to put a local identity in a remote collection: discoverable ones accept. The collection is fetched first."""
    person = await local_identity(activity.object_id)
    if person is None:
        return ignored("nobody here has that id")
    owner = await actor_of(activity)
    uri = as_id(activity.document.get("instrument"))
    if not uri or not same_host(uri, owner.uri):
        await services.refuse_request(owner=owner, person=person, request_id=activity.id)
        return refused("the collection is not its sender's")
    collection = await Collection.objects.select_related("owner").filter(uri=uri).afirst()
    if collection is None:
        raise NeedsFetch(uri, "collection")
    if collection.owner_id != owner.pk:
        await services.refuse_request(owner=owner, person=person, request_id=activity.id)
        return refused("the collection is not its sender's")
    await services.answer_request(collection=collection, person=person, request_id=activity.id)
    return done()


async def receive_answer(activity: IncomingActivity) -> Handled:
    """Store whether a remote actor accepts being in a local collection. `object` is our request, or its id."""
    person = await actor_of(activity)
    owner_uri = activity.object_id.partition("/feature_requests/")[0]
    item_id = item_of_request(activity.object_id, owner_uri)
    stamp = as_id(activity.document.get("result")) if activity.type == "Accept" else ""
    if activity.type == "Accept" and not (stamp and same_host(stamp, person.uri)):
        return ignored("there is no stamp of theirs with it")
    if item_id is None or not await services.receive_answer(
        owner_uri=owner_uri, item_id=item_id, person=person, stamp=stamp
    ):
        return ignored("nobody here asked")
    return done()


on("Accept", "FeatureRequest")(receive_answer)
on("Reject", "FeatureRequest")(receive_answer)


@on("Delete", "FeatureAuthorization")
async def receive_stamp_delete(activity: IncomingActivity) -> Handled:
    """Remove a remote actor from a local collection after they deleted their stamp."""
    found = await services.receive_revocation(person=await actor_of(activity), stamp=activity.object_id)
    return done() if found else ignored("nobody here knows this stamp")


async def _concerns_somebody(owner: Identity, uri: str) -> bool:
    """Return whether a collection is stored, or its owner has local followers (unique index on uri, users_follow_target)."""
    return await Collection.objects.filter(uri=uri).aexists() or await has_local_followers(owner)


async def _store(activity: IncomingActivity, owner: Identity) -> Handled:
    said: CollectionDocument | None = None
    if isinstance(activity.object, Mapping):
        said = parse_collection(activity.object)
    if said is None or said.owner_uri != owner.uri:
        return ignored("it is no collection of its sender's")
    if not await _concerns_somebody(owner, said.uri):
        return ignored("it concerns nobody here")
    stored = await services.store_remote_collection(owner, said)
    return done() if stored is not None else ignored("its owner has too many collections")


@on("Update", "FeaturedCollection")
async def receive_update(activity: IncomingActivity) -> Handled:
    """Store the new contents of a remote collection, if its owner has local followers or it contains a local identity."""
    return await _store(activity, await actor_of(activity))


@on("Add", "FeaturedCollection")
async def receive_collection(activity: IncomingActivity) -> Handled:
    """Store a collection that an actor adds to its `featuredCollections`, if the actor has local followers."""
    owner = await actor_of(activity)
    if as_id(activity.document.get("target")) not in {owner.featured_collections_url} - {""}:
        return ignored("only the actor's own collections are followed")
    return await _store(activity, owner)


async def _target(activity: IncomingActivity, owner: Identity) -> Collection | None:
    """Return the actor's stored collection that is the target of an Add or Remove."""
    uri = as_id(activity.document.get("target"))
    found = Collection.objects.select_related("owner").filter(uri=uri, owner=owner)
    return await found.afirst() if uri and not owner.is_local else None


@on("Add", "FeaturedItem")
async def receive_person(activity: IncomingActivity) -> Handled:
    """Add an actor to a stored remote collection. Their stamp is fetched first, unless they are local and consented."""
    owner = await actor_of(activity)
    collection = await _target(activity, owner)
    if collection is None:
        return ignored("nobody here knows this collection")
    said = parse_item(activity.object, collection.uri)
    if said is None or not said.person_uri:
        return ignored("it names nobody who agreed")
    is_added = await services.add_remote_person(collection, said)
    return done() if is_added else ignored("too many people are in it")


@on("Remove", "FeaturedItem")
async def receive_person_removal(activity: IncomingActivity) -> Handled:
    """Remove an actor from a remote collection."""
    return await receive_bare_removal(activity)


async def receive_bare_removal(activity: IncomingActivity) -> Handled:
    """Remove an actor from a collection, or a collection from the actor's `featuredCollections`; Mastodon sends only their ids."""
    owner = await actor_of(activity)
    collection = await _target(activity, owner)
    if collection is not None:
        found = await services.remove_remote_person(collection, activity.object_id)
        return done() if found else ignored("nobody here knows this item")
    return await receive_removal(activity)


@on("Remove", "FeaturedCollection")
@on("Delete", "FeaturedCollection")
async def receive_removal(activity: IncomingActivity) -> Handled:
    """Delete a remote collection that its owner deleted."""
    owner = await actor_of(activity)
    found = not owner.is_local and await services.forget_remote_collection(owner, activity.object_id)
    return done() if found else ignored("nobody here knows this collection")
