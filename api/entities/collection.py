"""Collection, CollectionItem and their wrappers: docs.joinmastodon.org/entities/Collection"""

from html import escape
from typing import Literal

import msgspec

from api.entities.account import Account
from api.entities.times import timestamp
from core.texts import tag_path
from users.collections.activitypub import page_url
from users.collections.models import CollectionItem as ItemRow
from users.collections.queries import CollectionView
from users.domains.models import Domain


class CollectionItem(msgspec.Struct):
    id: str
    account_id: str | None
    state: Literal["pending", "accepted", "rejected", "revoked"]
    created_at: str


class ShallowTag(msgspec.Struct):
    name: str
    url: str


class Collection(msgspec.Struct, kw_only=True):
    """A collection. `description` is HTML."""

    id: str
    account_id: str
    uri: str
    url: str | None
    name: str
    description: str
    language: str | None
    local: bool
    sensitive: bool
    discoverable: bool
    tag: ShallowTag | None
    created_at: str
    updated_at: str
    item_count: int
    items: list[CollectionItem]


class CollectionWithAccounts(msgspec.Struct):
    accounts: list[Account]
    collection: Collection


class Collections(msgspec.Struct):
    collections: list[Collection]


class WrappedCollection(msgspec.Struct):
    collection: Collection


class WrappedCollectionItem(msgspec.Struct):
    collection_item: CollectionItem


def collection_item(item: ItemRow) -> CollectionItem:
    return CollectionItem(str(item.pk), str(item.identity_id), item.state, timestamp(item.created_at))


def collection(view: CollectionView, domain: Domain) -> Collection:
    """Render a collection with the items of the view."""
    row = view.collection
    return Collection(
        id=str(row.pk),
        account_id=str(row.owner_id),
        uri=row.uri,
        url=page_url(row, row.owner),
        name=row.name,
        description=escape(row.description),
        language=row.language or None,
        local=row.owner.is_local,
        sensitive=row.is_sensitive,
        discoverable=row.is_discoverable,
        tag=ShallowTag(row.tag, domain.base_url + tag_path(row.tag)) if row.tag else None,
        created_at=timestamp(row.created_at),
        updated_at=timestamp(row.updated_at),
        item_count=len(view.items),
        items=[collection_item(item) for item in view.items],
    )
