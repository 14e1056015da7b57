"""Adding members to collections with their consent, removing them, and leaving other users' collections (FEP-7aa9)."""

from core.db import async_atomic
from core.errors import Invalid, NotAllowed, NotFound
from users.collections import activitypub, events
from users.collections.models import Collection, CollectionItem, ItemState
from users.collections.services import announcing, rows
from users.identities.models import Identity
from users.relations.services.pairs import send_to

_WITH_THOSE_WHO_LEFT = 4 * rows.ITEMS


async def add_person(*, owner: Identity, collection_id: int, person_id: int) -> CollectionItem:
    """Add a member: a local one at once, a remote one after asking their server.

    Raises NotFound for an unknown collection, NotAllowed for another user's, Invalid for an actor who is unknown, does not allow it, is
    already a member, or left: those who left are not asked again.
    """
    async with async_atomic():
        collection = await rows.own(owner, collection_id)
        return await add(owner, collection, person_id)


async def add(
    owner: Identity, collection: Collection, person_id: int, *, is_announced: bool = True
) -> CollectionItem:
    """Add a member to a collection whose owner is locked. Runs in a transaction."""
    person = await Identity.objects.filter(pk=person_id, deleted_at=None).afirst()
    if person is None or not (person_id == owner.pk or await rows.agrees(owner, person_id)):
        raise Invalid("account", "not_featurable")
    items = CollectionItem.objects.filter(collection=collection)
    if (known := await items.filter(identity=person).afirst()) is not None:
        has_left = known.state == ItemState.revoked
        raise Invalid("account", "left_collection" if has_left else "already_in_collection")
    # keep the item of a member who left, so that they are not asked again
    inside = await items.exclude(state=ItemState.revoked).acount()
    if inside >= rows.ITEMS or await items.acount() >= _WITH_THOSE_WHO_LEFT:
        raise Invalid("collection_items", "too_many", most=rows.ITEMS)
    item = await rows.new_item(
        collection, person, ItemState.accepted if person.is_local else ItemState.pending
    )
    await rows.touch(collection.pk)
    if not person.is_local:
        request = activitypub.request_document(owner, item.pk, collection, person.uri)
        await send_to(owner, person, request)
        return item
    if is_announced:
        await announcing.announce_person(item, person)
    if person.pk != owner.pk:
        await events.on_added.emit(item)
    return item


async def remove_person(*, owner: Identity, collection_id: int, item_id: int) -> None:
    """Remove a member. Raises NotFound, NotAllowed for another user's collection."""
    async with async_atomic():
        collection = await rows.own(owner, collection_id)
        item = (
            await CollectionItem.objects.select_related("identity")
            .filter(pk=item_id, collection=collection)
            .exclude(state=ItemState.revoked)
            .afirst()
        )
        if item is None:
            raise NotFound
        item.collection = collection
        await CollectionItem.objects.filter(pk=item.pk).adelete()
        await rows.touch(collection.pk)
        if item.state == ItemState.accepted:
            await announcing.announce_person_left(item, item.identity)
            await events.on_left.emit(item)


async def leave_collection(*, person: Identity, collection_id: int, item_id: int) -> None:
    """Withdraw a local identity's consent and tell a remote owner's server. Raises NotFound, NotAllowed for another user's item."""
    async with async_atomic():
        item = (
            await CollectionItem.objects.select_related("collection__owner")
            .filter(pk=item_id, collection=collection_id)
            .exclude(state=ItemState.revoked)
            .select_for_update(of=("self",), no_key=True)
            .afirst()
        )
        if item is None:
            raise NotFound
        if item.identity_id != person.pk:
            raise NotAllowed(code="not_allowed")
        await rows.set_state(item, ItemState.revoked)
        await events.on_left.emit(item)
        if item.collection.owner.is_local:
            await announcing.announce_person_left(item, person)
            return
        stamp = activitypub.stamp_document(
            uri=activitypub.stamp_uri(person.uri, item.pk),
            collection_uri=item.collection.uri,
            person_uri=person.uri,
        )
        document = activitypub.delete_stamp_document(person=person, stamp=stamp)
        await send_to(person, item.collection.owner, document)
