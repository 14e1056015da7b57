"""Announcing local collections to the servers of the owner's followers and of the members, as Mastodon 4.6 does.

A collection that is not discoverable is announced to the members' servers only. Runs in the transaction of the change.
"""

from collections.abc import Collection as Many
from typing import Any

from core.ids import new_id
from users.collections import activitypub, queries
from users.collections.models import Collection, CollectionItem
from users.identities.models import Identity
from users.relations.services.telling import tell_followers


async def _document(collection: Collection) -> dict[str, Any]:
    view = await queries.public_collection(collection.owner, collection.pk)
    people = await queries.people_in(view)
    items = [
        activitypub.item_document(view.collection, item, people[item.identity_id])
        for item in view.items
        if item.identity_id in people
    ]
    return activitypub.collection_document(view.collection, collection.owner, items)


async def _tell(
    collection: Collection, activity: dict[str, Any], *, is_public: bool, also: Many[Identity] = ()
) -> None:
    inboxes = await queries.inboxes_of_people_in(collection.pk)
    inboxes |= {one.shared_inbox_url or one.inbox_url for one in also if not one.is_local and one.inbox_url}
    await tell_followers(collection.owner, activity, also=inboxes, with_followers=is_public)


async def announce_new(collection: Collection) -> None:
    """Send an Add of the collection to `featuredCollections`."""
    activity = activitypub.add_collection_document(
        collection.owner, await _document(collection), str(new_id())
    )
    await _tell(collection, activity, is_public=collection.is_discoverable)


async def announce_edit(collection: Collection, *, was_discoverable: bool) -> None:
    """Send an Update, also to servers that must learn that it is no longer discoverable. `collection` may be the state before the change."""
    activity = activitypub.update_collection_document(
        collection.owner, await _document(collection), str(new_id())
    )
    is_public = was_discoverable or bool(activity["object"]["discoverable"])
    await _tell(collection, activity, is_public=is_public)


async def announce_removal(collection: Collection) -> None:
    """Send a Remove of the collection, before it is deleted."""
    activity = activitypub.remove_collection_document(collection.owner, collection)
    await _tell(collection, activity, is_public=collection.is_discoverable)


async def announce_person(item: CollectionItem, person: Identity) -> None:
    """Send an Add of a member who consented."""
    collection = item.collection
    document = activitypub.item_document(collection, item, person)
    activity = activitypub.add_item_document(collection.owner, collection, document)
    await _tell(collection, activity, is_public=collection.is_discoverable)


async def announce_person_left(item: CollectionItem, person: Identity) -> None:
    """Send a Remove of a former member, also to the member's own server."""
    collection = item.collection
    activity = activitypub.remove_item_document(collection.owner, collection, item.pk)
    await _tell(collection, activity, is_public=collection.is_discoverable, also=[person])
