"""Collections of consenting accounts (docs.joinmastodon.org/methods/collections)."""

from typing import Annotated

import msgspec

from api.entities.collection import (
    Collections,
    CollectionWithAccounts,
    WrappedCollection,
    WrappedCollectionItem,
    collection,
    collection_item,
)
from api.entities.empty import Empty
from api.pagination import ACCOUNTS, link_offsets
from api.parameters import Id, Limit
from api.people import accounts_of, profile_for
from api.routing import Call, endpoint
from core.errors import Invalid
from users.collections import queries, services
from users.collections.queries import CollectionView


class OffsetPage(msgspec.Struct):
    limit: Annotated[int, ACCOUNTS] = ACCOUNTS.default
    offset: Annotated[int, Limit(0, 10_000)] = 0


def _listed(call: Call, page: OffsetPage, found: list[CollectionView]) -> Collections:
    link_offsets(call, limit=page.limit, offset=page.offset, count=len(found))
    return Collections([collection(view, call.domain) for view in found])


@endpoint("GET", "/api/v1/accounts/<id>/collections", scope="read:collections", auth="either")
async def of_account(call: Call, id: Id, page: OffsetPage) -> Collections:
    """Return the collections that an account created, newest first."""
    await profile_for(call, id)
    found = await queries.collections_of(id, call.viewer, limit=page.limit, offset=page.offset)
    return _listed(call, page, found)


@endpoint("GET", "/api/v1/accounts/<id>/in_collections", scope="read:collections", auth="user")
async def with_account(call: Call, id: Id, page: OffsetPage) -> Collections:
    """Return the collections that an account consented to be in."""
    await profile_for(call, id)
    found = await queries.collections_with(id, call.me, limit=page.limit, offset=page.offset)
    return _listed(call, page, found)


class CollectionDraft(msgspec.Struct):
    name: str = ""
    description: str = ""
    language: str | None = None
    tag_name: str | None = None
    sensitive: bool = False
    discoverable: bool = True
    account_ids: list[Id] = []


@endpoint("POST", "/api/v1/collections", scope="write:collections", auth="user")
async def create(call: Call, draft: CollectionDraft) -> WrappedCollection:
    """Create a collection. Remote accounts are added once they consent."""
    made = await services.create_collection(
        owner=call.me,
        name=draft.name,
        description=draft.description,
        language=draft.language or "",
        tag=draft.tag_name or "",
        is_sensitive=draft.sensitive,
        is_discoverable=draft.discoverable,
        person_ids=draft.account_ids,
    )
    return await _wrapped(call, made.pk)


async def _wrapped(call: Call, collection_id: int) -> WrappedCollection:
    return WrappedCollection(collection(await queries.collection_seen(call.me, collection_id), call.domain))


@endpoint("GET", "/api/v1/collections/<id>", scope="read:collections", auth="either")
async def show(call: Call, id: Id) -> CollectionWithAccounts:
    """Return a collection with its owner and its members."""
    view = await queries.collection_seen(call.viewer, id)
    ids = dict.fromkeys([view.collection.owner_id, *(item.identity_id for item in view.items)])
    return CollectionWithAccounts(await accounts_of(call, list(ids)), collection(view, call.domain))


class CollectionEdit(msgspec.Struct):
    name: str | None = None
    description: str | None = None
    language: str | None = None
    tag_name: str | None = None
    sensitive: bool | None = None
    discoverable: bool | None = None


@endpoint("PATCH", "/api/v1/collections/<id>", scope="write:collections", auth="user")
async def update(call: Call, id: Id, edit: CollectionEdit) -> WrappedCollection:
    """Change the properties of a collection, but not its members."""
    await services.edit_collection(
        owner=call.me,
        collection_id=id,
        name=edit.name,
        description=edit.description,
        language=edit.language,
        tag=edit.tag_name,
        is_sensitive=edit.sensitive,
        is_discoverable=edit.discoverable,
    )
    return await _wrapped(call, id)


@endpoint("DELETE", "/api/v1/collections/<id>", scope="write:collections", auth="user")
async def delete(call: Call, id: Id) -> Empty:
    await services.delete_collection(owner=call.me, collection_id=id)
    return Empty()


class Person(msgspec.Struct):
    account_id: Id | None = None


@endpoint("POST", "/api/v1/collections/<collection_id>/items", scope="write:collections", auth="user")
async def add(call: Call, collection_id: Id, asked: Person) -> WrappedCollectionItem:
    """Add an account, pending until its server confirms the consent."""
    if asked.account_id is None:
        raise Invalid("account", "missing")
    item = await services.add_person(owner=call.me, collection_id=collection_id, person_id=asked.account_id)
    return WrappedCollectionItem(collection_item(item))


@endpoint("DELETE", "/api/v1/collections/<collection_id>/items/<id>", scope="write:collections", auth="user")
async def remove(call: Call, collection_id: Id, id: Id) -> Empty:
    await services.remove_person(owner=call.me, collection_id=collection_id, item_id=id)
    return Empty()


@endpoint(
    "POST", "/api/v1/collections/<collection_id>/items/<id>/revoke", scope="write:collections", auth="user"
)
async def revoke(call: Call, collection_id: Id, id: Id) -> Empty:
    """Remove the caller from another user's collection."""
    await services.leave_collection(person=call.me, collection_id=collection_id, item_id=id)
    return Empty()
