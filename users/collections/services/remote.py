"""Storing remote actors' collections and their members. A stamp is verified before its actor is shown (handlers.py)."""

from collections.abc import Sequence

from core import clock
from core.db import async_atomic, delete_batch, sql
from federation.documents import host_of
from users.collections import events
from users.collections.activitypub import REMOTE_ITEMS, CollectionDocument, ItemDocument
from users.collections.models import Collection, CollectionItem, ItemCheck, ItemState
from users.collections.services import rows
from users.identities.events import on_identity_deleted
from users.identities.models import Identity


async def store_remote_collection(owner: Identity, said: CollectionDocument) -> Collection | None:
    """Store the name, description and settings of a remote collection; None if its owner has too many here already."""
    async with async_atomic():
        await rows.lock(owner)
        now = clock.now()
        values = {
            "name": said.name,
            "description": said.description,
            "language": said.language,
            "tag": said.tag,
            "url": said.url,
            "is_sensitive": said.is_sensitive,
            "is_discoverable": said.is_discoverable,
            "updated_at": now,
        }
        before = await Collection.objects.filter(uri=said.uri).afirst()
        if before is not None and before.owner_id != owner.pk:
            return None
        if before is not None:
            await Collection.objects.filter(pk=before.pk).aupdate(**values)
            stored = await Collection.objects.aget(pk=before.pk)
        elif await Collection.objects.filter(owner=owner).acount() >= rows.REMOTE_COLLECTIONS:
            return None
        else:
            stored = await Collection.objects.acreate(owner=owner, uri=said.uri, created_at=now, **values)
        stored.owner = owner
        if said.items is not None:
            await _set_items(stored, said.items)
        if before is not None and (before.name, before.description) != (said.name, said.description):
            await events.on_changed.emit(stored)
    return stored


async def set_remote_collections(owner: Identity, said: Sequence[CollectionDocument], uris: set[str]) -> None:
    """Store these collections of a remote actor, and delete those not in `uris`, unless they contain a local identity."""
    for one in said[: rows.REMOTE_COLLECTIONS]:
        await store_remote_collection(owner, one)
    async with async_atomic():
        await rows.lock(owner)
        async for known in Collection.objects.filter(owner=owner).exclude(uri__in=uris):
            if not await _has_people_from_here(known.pk):
                await rows.remove(known)


async def _has_people_from_here(collection_id: int) -> bool:
    # users_collection_item_pair
    return await CollectionItem.objects.filter(
        collection=collection_id, identity__domain__isnull=False
    ).aexists()


async def _set_items(collection: Collection, said: Sequence[ItemDocument]) -> None:
    """Keep the items that are still listed, remove the others, and schedule the verification of new ones."""
    listed = {item.uri: item for item in said}
    known = {
        item.identity.uri: item
        async for item in CollectionItem.objects.select_related("identity").filter(collection=collection)
    }
    # a local identity that consented just now may not be listed yet: its item has no `uri`
    gone = [item.pk for item in known.values() if item.uri and item.uri not in listed]
    await CollectionItem.objects.filter(pk__in=gone).adelete()
    await ItemCheck.objects.filter(collection=collection).exclude(uri__in=listed).adelete()
    for position, item in enumerate(said, start=1):
        await _set_item(collection, item, position, known.get(item.person_uri))


async def _set_item(
    collection: Collection, said: ItemDocument, position: int, known: CollectionItem | None
) -> None:
    if known is not None and (known.identity.is_local or known.approval_uri == said.stamp_uri):
        await CollectionItem.objects.filter(pk=known.pk).aupdate(uri=said.uri, position=position)
        return
    host = host_of(said.stamp_uri or said.uri)[:255]
    check = {
        "person_uri": said.person_uri,
        "stamp_uri": said.stamp_uri,
        "position": position,
        "host": host,
    }
    if known is None and said.person_uri and not said.stamp_uri:
        return  # nobody consented
    await ItemCheck.objects.aupdate_or_create(collection=collection, uri=said.uri, defaults=check)


async def add_remote_person(collection: Collection, said: ItemDocument) -> bool:
    """Schedule the verification of an actor added to a remote collection; local ones must have consented. Return False if it is full."""
    async with async_atomic():
        await rows.lock(collection.owner)
        known = (
            await CollectionItem.objects.select_related("identity")
            .filter(collection=collection, identity__uri=said.person_uri)
            .afirst()
        )
        count = await CollectionItem.objects.filter(collection=collection).acount()
        waiting = await ItemCheck.objects.filter(collection=collection).acount()
        if known is None and count + waiting >= REMOTE_ITEMS:
            return False
        await _set_item(collection, said, min(count + waiting + 1, REMOTE_ITEMS), known)
        await rows.touch(collection.pk)
    return True


async def accept_remote_person(check: ItemCheck, *, person_id: int, stamp: str) -> None:
    """Show a member of a remote collection who consented with this stamp, unless they revoked it: a new consent has a new stamp."""
    collection = await Collection.objects.select_related("owner").filter(pk=check.collection_id).afirst()
    if collection is None:
        return
    async with async_atomic():
        await rows.lock(collection.owner)
        values = {"uri": check.uri, "position": check.position, "approval_uri": stamp}
        known = await CollectionItem.objects.filter(collection=collection, identity=person_id).afirst()
        if known is not None and known.state == ItemState.revoked and known.approval_uri == stamp:
            return
        if known is not None:
            mine = CollectionItem.objects.filter(pk=known.pk)
            await mine.aupdate(state=ItemState.accepted, **values)
        elif await CollectionItem.objects.filter(collection=collection).acount() < REMOTE_ITEMS:
            await CollectionItem.objects.acreate(
                collection=collection,
                identity_id=person_id,
                state=ItemState.accepted,
                created_at=clock.now(),
                **values,
            )


async def remove_remote_person(collection: Collection, item_uri: str) -> bool:
    """Remove a member whom the owner removed from a remote collection. Return False for an unknown item."""
    async with async_atomic():
        waiting = await ItemCheck.objects.filter(collection=collection, uri=item_uri).adelete()
        items = CollectionItem.objects.filter(collection=collection, uri=item_uri)
        item = await items.exclude(state=ItemState.revoked).afirst() if item_uri else None
        if item is not None:
            await CollectionItem.objects.filter(pk=item.pk).adelete()
            await events.on_left.emit(item)
            await rows.touch(collection.pk)
    return item is not None or bool(waiting[0])


async def forget_remote_collection(owner: Identity, uri: str) -> bool:
    """Delete a remote collection that its owner deleted. Return False for an unknown one."""
    async with async_atomic():
        collection = await Collection.objects.filter(owner=owner, uri=uri).afirst()
        if collection is None:
            return False
        await rows.remove(collection)
    return True


@on_identity_deleted
async def forget_collections(identity: Identity) -> bool:
    """Delete an actor's collections (few: see the limits), and the next batch of their items in others' (users_collection_item_person)."""
    who = {"who": identity.pk}
    async for collection in Collection.objects.filter(owner=identity):
        await rows.remove(collection)
    return await delete_batch(sql.table(CollectionItem), "identity_id = %(who)s", who)
