"""Limits of collections, and locks, checks and small writes shared by these services."""

from core import clock
from core.db import sql
from core.errors import NotAllowed, NotFound
from users.collections.models import Collection, CollectionItem, ItemState
from users.identities.models import Identity
from users.identities.queries.predicates import is_active, may_be_featured
from users.relations.queries.predicates import either_blocks, hides_host

COLLECTIONS = 10  # per user, as in Mastodon
ITEMS = 25
REMOTE_COLLECTIONS = 30  # per remote actor


async def lock(owner: Identity) -> None:
    """Lock the owner's row, so that two concurrent requests can't exceed a limit."""
    await Identity.objects.filter(pk=owner.pk).select_for_update(no_key=True).afirst()


async def own(owner: Identity, collection_id: int) -> Collection:
    """Return a collection and lock its owner. Raises NotFound, NotAllowed for another user's."""
    await lock(owner)
    collection = await Collection.objects.filter(pk=collection_id).afirst()
    if collection is None:
        raise NotFound
    if collection.owner_id != owner.pk:
        raise NotAllowed(code="not_allowed")
    collection.owner = owner
    return collection


async def agrees(owner: Identity, person_id: int) -> bool:
    """Return whether an actor allows `owner` to put them in a collection."""
    return bool(
        await sql.value(
            f"""SELECT TRUE FROM users_identity i WHERE i.id = %(person)s AND {is_active("i")} AND {may_be_featured("i")}
                AND NOT {either_blocks("%(owner)s", "i.id")} AND NOT {hides_host("i.id", "%(owner)s")}""",
            {"person": person_id, "owner": owner.pk},
        )
    )


async def new_item(collection: Collection, person: Identity, state: ItemState) -> CollectionItem:
    return await CollectionItem.objects.acreate(
        collection=collection, identity=person, state=state, created_at=clock.now()
    )


async def set_state(item: CollectionItem, state: ItemState) -> None:
    item.state = state
    await item.asave(update_fields=["state"])
    await touch(item.collection_id)


async def touch(collection_id: int) -> None:
    await Collection.objects.filter(pk=collection_id).aupdate(updated_at=clock.now())


async def remove(collection: Collection) -> None:
    """Delete a collection with its items."""
    await CollectionItem.objects.filter(collection=collection).adelete()
    await Collection.objects.filter(pk=collection.pk).adelete()
