"""Creating and editing collections, adding people with their consent, and leaving others' collections (FEP-7aa9)."""

from collections.abc import Sequence

from core import clock
from core.db import async_atomic, sql
from core.errors import Invalid, NotAllowed, NotFound
from core.ids import new_id
from core.texts import hashtags, is_blank
from core.texts.languages import known_language
from users.collections import activitypub
from users.collections.activitypub import CollectionDocument
from users.collections.models import Collection, CollectionItem, ItemState
from users.identities.events import on_identity_deleted
from users.identities.models import Identity
from users.identities.queries.predicates import is_active, may_be_featured
from users.relations.queries.predicates import either_blocks, hides_host
from users.relations.services.pairs import send_to

COLLECTIONS = 10  # a person, as in Mastodon
ITEMS = 25
LONGEST_NAME = 40
LONGEST_DESCRIPTION = 100
REMOTE_COLLECTIONS = 100  # of one remote actor, with people from here in them


def _check(name: str | None, description: str | None, language: str | None, tag: str | None) -> None:
    if name is not None and is_blank(name):
        raise Invalid("collection_name", "blank")
    if name is not None and len(name) > LONGEST_NAME:
        raise Invalid("collection_name", "too_long", most=LONGEST_NAME)
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        raise Invalid("collection_description", "too_long", most=LONGEST_DESCRIPTION)
    if language and known_language(language) is None:
        raise Invalid("language", "unknown")
    if tag and list(hashtags(f"#{_bare(tag)}").values()) != [_bare(tag)]:
        raise Invalid("tag", "invalid")


def _bare(tag: str) -> str:
    return tag.strip().lstrip("#＃")


async def create_collection(
    *,
    owner: Identity,
    name: str,
    description: str = "",
    language: str = "",
    tag: str = "",
    is_sensitive: bool = False,
    is_discoverable: bool = True,
    person_ids: Sequence[int] = (),
) -> Collection:
    """Create a collection and add people, all or none. Raises what `add_person` raises, and Invalid."""
    _check(name, description, language, tag)
    if len(person_ids) > ITEMS:
        raise Invalid("collection_items", "too_many", most=ITEMS)
    now = clock.now()
    collection_id = new_id()
    async with async_atomic():
        await _lock(owner)
        if await Collection.objects.filter(owner=owner).acount() >= COLLECTIONS:
            raise Invalid("collections", "too_many", most=COLLECTIONS)
        made = await Collection.objects.acreate(
            id=collection_id,
            owner=owner,
            uri=activitypub.collection_uri(owner, collection_id),
            name=name.strip(),
            description=description.strip(),
            language=language,
            tag=_bare(tag),
            is_sensitive=is_sensitive,
            is_discoverable=is_discoverable,
            created_at=now,
            updated_at=now,
        )
        for person_id in dict.fromkeys(person_ids):
            await _add(owner, made, person_id)
    return made


async def edit_collection(
    *,
    owner: Identity,
    collection_id: int,
    name: str | None = None,
    description: str | None = None,
    language: str | None = None,
    tag: str | None = None,
    is_sensitive: bool | None = None,
    is_discoverable: bool | None = None,
) -> None:
    """Change a collection; what is None stays. Raises NotFound, NotAllowed for somebody else's, Invalid."""
    _check(name, description, language, tag)
    async with async_atomic():
        collection = await _own(owner, collection_id)
        changes = {
            "name": None if name is None else name.strip(),
            "description": None if description is None else description.strip(),
            "language": language,
            "tag": None if tag is None else _bare(tag),
            "is_sensitive": is_sensitive,
            "is_discoverable": is_discoverable,
            "updated_at": clock.now(),
        }
        wanted = {key: value for key, value in changes.items() if value is not None}
        await Collection.objects.filter(pk=collection.pk).aupdate(**wanted)


async def delete_collection(*, owner: Identity, collection_id: int) -> None:
    """Delete a collection of one's own. Raises NotFound, NotAllowed for somebody else's."""
    async with async_atomic():
        collection = await _own(owner, collection_id)
        await CollectionItem.objects.filter(collection=collection).adelete()
        await Collection.objects.filter(pk=collection.pk).adelete()


async def add_person(*, owner: Identity, collection_id: int, person_id: int) -> CollectionItem:
    """Add somebody who agrees: at once when they are here, else their server is asked.

    Raises NotFound for a collection that isn't there, NotAllowed for somebody else's, Invalid for people who are unknown, don't want to be in
    one, or are in it.
    """
    async with async_atomic():
        collection = await _own(owner, collection_id)
        return await _add(owner, collection, person_id)


async def remove_person(*, owner: Identity, collection_id: int, item_id: int) -> None:
    """Take somebody out. Raises NotFound, NotAllowed for somebody else's collection."""
    async with async_atomic():
        collection = await _own(owner, collection_id)
        item = CollectionItem.objects.filter(pk=item_id, collection=collection)
        # who revoked stays known, so that they are not asked again
        if not (await item.exclude(state=ItemState.revoked).adelete())[0]:
            raise NotFound
        await _touch(collection)


async def leave_collection(*, person: Identity, collection_id: int, item_id: int) -> None:
    """Withdraw a local person's consent. A remote owner's server is told. Raises NotFound, NotAllowed for somebody else's item."""
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
        await _set_state(item, ItemState.revoked)
        stamp = activitypub.stamp_document(
            uri=activitypub.stamp_uri(person.uri, item.pk),
            collection_uri=item.collection.uri,
            person_uri=person.uri,
        )
        document = activitypub.delete_stamp_document(person=person, stamp=stamp)
        await send_to(person, item.collection.owner, document)


async def store_remote_collection(owner: Identity, said: CollectionDocument) -> Collection | None:
    """Store what a remote collection says of itself; None when its owner has too many here already."""
    async with async_atomic():
        await _lock(owner)
        known = await Collection.objects.filter(owner=owner).acount()
        now = clock.now()
        values = {
            "name": said.name,
            "description": said.description,
            "language": said.language,
            "tag": said.tag,
            "is_sensitive": said.is_sensitive,
            "is_discoverable": said.is_discoverable,
            "updated_at": now,
        }
        if await Collection.objects.filter(uri=said.uri, owner=owner).aupdate(**values):
            return await Collection.objects.aget(uri=said.uri)
        if known >= REMOTE_COLLECTIONS or await Collection.objects.filter(uri=said.uri).aexists():
            return None
        return await Collection.objects.acreate(owner=owner, uri=said.uri, created_at=now, **values)


async def answer_request(*, collection: Collection, person: Identity, request_id: str) -> bool:
    """Answer a remote request to be in a collection: with a stamp, or a refusal. Return whether it is allowed."""
    owner = collection.owner
    async with async_atomic():
        await _lock(owner)
        item = await CollectionItem.objects.filter(collection=collection, identity=person).afirst()
        is_new = item is None and await CollectionItem.objects.filter(collection=collection).acount() < ITEMS
        allowed = (is_new or (item is not None and item.state == ItemState.accepted)) and await _agrees(
            owner, person.pk
        )
        if allowed and item is None:
            item = await _new_item(collection, person, ItemState.accepted)
        await _answer(person, owner, request_id, item if allowed else None)
    return allowed


async def refuse_request(*, owner: Identity, person: Identity, request_id: str) -> None:
    """Refuse a remote request whatever it is for."""
    async with async_atomic():
        await _answer(person, owner, request_id, None)


async def receive_answer(*, owner_uri: str, item_id: int, person: Identity, stamp: str) -> bool:
    """Store that a remote person agreed (with this stamp) or not (no stamp). Return False when nobody asked."""
    async with async_atomic():
        item = await CollectionItem.objects.filter(
            pk=item_id, identity=person, collection__owner__uri=owner_uri
        ).afirst()
        if item is None or not _is_awaited(item, stamp):
            return False
        item.approval_uri = stamp
        await item.asave(update_fields=["approval_uri"])
        await _set_state(item, ItemState.accepted if stamp else ItemState.rejected)
    return True


async def receive_revocation(*, person: Identity, stamp: str) -> bool:
    """Take a remote person out of the collection of ours whose stamp they deleted. Return False for an unknown stamp."""
    if not stamp:
        return False
    async with async_atomic():
        # users_collection_item_person
        item = await CollectionItem.objects.filter(
            identity=person, approval_uri=stamp, state=ItemState.accepted
        ).afirst()
        if item is None:
            return False
        await _set_state(item, ItemState.revoked)
    return True


async def forget_remote_collection(owner: Identity, uri: str) -> bool:
    """Delete a remote collection that its owner deleted. Return False for an unknown one."""
    async with async_atomic():
        collection = await Collection.objects.filter(owner=owner, uri=uri).afirst()
        if collection is None:
            return False
        await CollectionItem.objects.filter(collection=collection).adelete()
        await Collection.objects.filter(pk=collection.pk).adelete()
    return True


def _is_awaited(item: CollectionItem, stamp: str) -> bool:
    """Return whether an answer may change the item: a consent only while it is asked for, a refusal also later."""
    return item.state == ItemState.pending or (not stamp and item.state == ItemState.accepted)


async def _set_state(item: CollectionItem, state: ItemState) -> None:
    item.state = state
    await item.asave(update_fields=["state"])
    await Collection.objects.filter(pk=item.collection_id).aupdate(updated_at=clock.now())


async def _touch(collection: Collection) -> None:
    await Collection.objects.filter(pk=collection.pk).aupdate(updated_at=clock.now())


async def _lock(owner: Identity) -> None:
    """Lock the owner's row, so that two requests at once don't add more than is allowed."""
    await Identity.objects.filter(pk=owner.pk).select_for_update(no_key=True).afirst()


async def _own(owner: Identity, collection_id: int) -> Collection:
    await _lock(owner)
    collection = await Collection.objects.filter(pk=collection_id).afirst()
    if collection is None:
        raise NotFound
    if collection.owner_id != owner.pk:
        raise NotAllowed(code="not_allowed")
    return collection


async def _agrees(owner: Identity, person_id: int) -> bool:
    """Return whether a person lets `owner` put them in a collection."""
    return bool(
        await sql.value(
            f"""SELECT TRUE FROM users_identity i WHERE i.id = %(person)s AND {is_active("i")} AND {may_be_featured("i")}
                AND NOT {either_blocks("%(owner)s", "i.id")} AND NOT {hides_host("i.id", "%(owner)s")}""",
            {"person": person_id, "owner": owner.pk},
        )
    )


async def _add(owner: Identity, collection: Collection, person_id: int) -> CollectionItem:
    person = await Identity.objects.filter(pk=person_id, deleted_at=None).afirst()
    if person is None or not (person_id == owner.pk or await _agrees(owner, person_id)):
        raise Invalid("account", "not_featurable")
    items = CollectionItem.objects.filter(collection=collection)
    if await items.acount() >= ITEMS:
        raise Invalid("collection_items", "too_many", most=ITEMS)
    if await items.filter(identity=person).aexists():
        raise Invalid("account", "already_in_collection")
    item = await _new_item(collection, person, ItemState.accepted if person.is_local else ItemState.pending)
    await _touch(collection)
    request = activitypub.request_document(owner, item.pk, collection, person.uri)
    await send_to(owner, person, request)
    return item


async def _new_item(collection: Collection, person: Identity, state: ItemState) -> CollectionItem:
    return await CollectionItem.objects.acreate(
        collection=collection, identity=person, state=state, created_at=clock.now()
    )


async def _answer(person: Identity, owner: Identity, request_id: str, item: CollectionItem | None) -> None:
    """Accept with the item's stamp, or Reject without. Each answer has an id of its own: some servers hear an id only once."""
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


@on_identity_deleted
async def forget_collections(identity: Identity) -> None:
    """Delete somebody's collections, and their place in others'. Both are few: see the limits above."""
    await sql.run(
        """DELETE FROM users_collectionitem WHERE identity_id = %(who)s
           OR collection_id IN (SELECT id FROM users_collection WHERE owner_id = %(who)s)""",
        {"who": identity.pk},
    )
    await Collection.objects.filter(owner=identity).adelete()
