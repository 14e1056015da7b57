"""Answers to requests to join a collection, incoming and outgoing, and revocations by members (FEP-7aa9)."""

from core.db import async_atomic
from core.ids import new_id
from users.collections import activitypub, events
from users.collections.models import Collection, CollectionItem, ItemState
from users.collections.services import announcing, rows
from users.identities.models import Identity
from users.relations.services.pairs import send_to


async def answer_request(*, collection: Collection, person: Identity, request_id: str) -> bool:
    """Answer a remote request to join a collection, with a stamp or a refusal. Return whether it is allowed."""
    owner = collection.owner
    async with async_atomic():
        await rows.lock(owner)
        items = CollectionItem.objects.filter(collection=collection)
        item = await items.filter(identity=person).afirst()
        is_new = item is None and await items.acount() < activitypub.REMOTE_ITEMS
        allowed = (is_new or (item is not None and item.state == ItemState.accepted)) and await rows.agrees(
            owner, person.pk
        )
        if allowed and item is None:
            item = await rows.new_item(collection, person, ItemState.accepted)
            await events.on_added.emit(item)
        await _answer(person, owner, request_id, item if allowed else None)
    return allowed


async def refuse_request(*, owner: Identity, person: Identity, request_id: str) -> None:
    """Refuse a remote request, whatever it is about."""
    async with async_atomic():
        await _answer(person, owner, request_id, None)


async def receive_answer(*, owner_uri: str, item_id: int, person: Identity, stamp: str) -> bool:
    """Store whether a remote actor consented (with a stamp) or not (without), and announce it. Return False if nobody asked."""
    async with async_atomic():
        item = (
            await CollectionItem.objects.select_related("collection__owner")
            .filter(pk=item_id, identity=person, collection__owner__uri=owner_uri)
            .afirst()
        )
        if item is None or not _is_awaited(item, stamp):
            return False
        was_in_it = item.state == ItemState.accepted
        item.approval_uri = stamp
        await item.asave(update_fields=["approval_uri"])
        await rows.set_state(item, ItemState.accepted if stamp else ItemState.rejected)
        if stamp:
            await announcing.announce_person(item, person)
        elif was_in_it:
            await announcing.announce_person_left(item, person)
    return True


async def receive_revocation(*, person: Identity, stamp: str) -> bool:
    """Remove a remote actor from the collection whose stamp they deleted. Return False for an unknown stamp."""
    if not stamp:
        return False
    async with async_atomic():
        # users_collection_item_person
        item = (
            await CollectionItem.objects.select_related("collection__owner")
            .filter(identity=person, approval_uri=stamp, state=ItemState.accepted)
            .afirst()
        )
        if item is None:
            return False
        await rows.set_state(item, ItemState.revoked)
        if item.collection.owner.is_local:
            await announcing.announce_person_left(item, person)
    return True


def _is_awaited(item: CollectionItem, stamp: str) -> bool:
    """Return whether an answer may change the item: an acceptance only while pending, a refusal also later."""
    return item.state == ItemState.pending or (not stamp and item.state == ItemState.accepted)


async def _answer(person: Identity, owner: Identity, request_id: str, item: CollectionItem | None) -> None:
    """Send an Accept with the item's stamp, or a Reject. Each answer has a new id, because some servers process an id only once."""
    kind = "Reject" if item is None else "Accept"
    document = activitypub.answer_document(
        kind=kind,
        answer_id=f"{person.uri}#{kind.lower()}s/feature_requests/{new_id()}",
        person=person,
        owner_uri=owner.uri,
        request_id=request_id,
        stamp="" if item is None else activitypub.stamp_uri(person.uri, item.pk),
    )
    await send_to(person, owner, document)
