"""Collections as ActivityPub documents (FEP-7aa9, as Mastodon 4.6 writes them). Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from core.pages.addresses import path_to
from core.texts import tag_path
from federation.documents import MAX_URI, as_id, as_list, is_set, language_map, same_host, types_of
from users.collections.models import Collection, CollectionItem
from users.identities.activitypub.actor import featured_collections_uri
from users.identities.activitypub.context import AS, PUBLIC
from users.identities.activitypub.parsing import text, text_of, url_of
from users.identities.models import Identity

MAX_REMOTE_NAME_LENGTH = 256
MAX_REMOTE_DESCRIPTION_LENGTH = 2048
REMOTE_ITEMS = 150  # of a remote collection, as in Mastodon; the rest is not read
_FEP = "https://w3id.org/fep/7aa9#"
_COLLECTION_CONTEXT: list[Any] = [
    AS,
    {
        "FeaturedCollection": f"{_FEP}FeaturedCollection",
        "FeaturedItem": f"{_FEP}FeaturedItem",
        "featuredObject": {"@id": f"{_FEP}featuredObject", "@type": "@id"},
        "featuredObjectType": {"@id": f"{_FEP}featuredObjectType", "@type": "@id"},
        "featureAuthorization": {"@id": f"{_FEP}featureAuthorization", "@type": "@id"},
        "topic": {"@id": f"{_FEP}topic", "@type": "@id"},
        "toot": "http://joinmastodon.org/ns#",
        "discoverable": "toot:discoverable",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
    },
]
_REQUEST_CONTEXT: list[Any] = [AS, {"FeatureRequest": f"{_FEP}FeatureRequest"}]
_STAMP_CONTEXT: list[Any] = [
    AS,
    {
        "FeatureAuthorization": f"{_FEP}FeatureAuthorization",
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]
_REQUEST_PATH = "/feature_requests/"


class ItemDocument(msgspec.Struct, frozen=True):
    """An actor listed in a remote collection. Only the item's id is known if the item is not embedded. Nothing is verified yet."""

    uri: str
    person_uri: str = ""
    stamp_uri: str = ""


class CollectionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A remote collection as its server describes it. `items` is None if the document does not list them."""

    uri: str
    owner_uri: str
    url: str
    items: list[ItemDocument] | None
    name: str
    description: str
    language: str
    tag: str
    is_sensitive: bool
    is_discoverable: bool


def collection_uri(owner: Identity, collection_id: int) -> str:
    return f"{owner.uri}/featured_collections/{collection_id}"


def page_url(collection: Collection, owner: Identity) -> str:
    """Return the URL of a collection's page: on the owner's domain if local, else the URL stated by its server, or its id."""
    if not owner.is_local:
        return collection.url or collection.uri
    return _origin(owner) + path_to("collection", collection_id=collection.pk)


def _origin(owner: Identity) -> str:
    parts = urlsplit(owner.uri)
    return f"{parts.scheme}://{parts.netloc}"


def request_uri(owner: Identity, item_id: int) -> str:
    """Return the id of the request that asks a remote actor to join a collection of `owner`."""
    return f"{owner.uri}{_REQUEST_PATH}{item_id}"


def item_of_request(uri: str, owner_uri: str) -> int | None:
    """Return the item that a request of `owner_uri` is about; None for any other URI."""
    number = uri.removeprefix(f"{owner_uri}{_REQUEST_PATH}")
    return (
        int(number) if number != uri and number.isascii() and number.isdigit() and len(number) < 19 else None
    )


def is_request_uri(uri: str) -> bool:
    """Return whether a URI can be the id of one of our requests."""
    return _REQUEST_PATH in uri


def stamp_uri(person_uri: str, item_id: int) -> str:
    """Return the URI of the stamp that proves a local identity's consent to be in a collection."""
    return f"{person_uri}/feature_authorizations/{item_id}"


def stamp_of(item: CollectionItem, person: Identity) -> str:
    """Return the URI of the stamp that proves the consent of an item's local or remote actor."""
    return stamp_uri(person.uri, item.pk) if person.is_local else item.approval_uri


def item_uri(collection: Collection, item_id: int) -> str:
    return f"{collection.uri}#items/{item_id}"


def item_document(collection: Collection, item: CollectionItem, person: Identity) -> dict[str, Any]:
    return {
        "id": item_uri(collection, item.pk),
        "type": "FeaturedItem",
        "featuredObject": person.uri,
        "featuredObjectType": person.actor_type,
        "featureAuthorization": stamp_of(item, person),
    }


def collection_document(
    collection: Collection, owner: Identity, items: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return a local identity's collection with the actors who consented."""
    document: dict[str, Any] = {
        "@context": _COLLECTION_CONTEXT,
        "id": collection.uri,
        "type": "FeaturedCollection",
        "attributedTo": owner.uri,
        "name": collection.name,
        "url": page_url(collection, owner),
        "sensitive": collection.is_sensitive,
        "discoverable": collection.is_discoverable,
        "published": collection.created_at.isoformat(),
        "updated": collection.updated_at.isoformat(),
        "totalItems": len(items),
        "orderedItems": list(items),
    }
    if collection.language:
        document["summaryMap"] = {collection.language: collection.description}
    else:
        document["summary"] = collection.description
    if collection.tag:
        document["topic"] = {
            "type": "Hashtag",
            "href": _origin(owner) + tag_path(collection.tag),
            "name": f"#{collection.tag}",
        }
    return document


def _id(value: object) -> str:
    """Return an id, unless it is too long for an index."""
    uri = as_id(value)
    return uri if len(uri.encode()) <= MAX_URI else ""


def parse_collection(document: Mapping[str, Any]) -> CollectionDocument | None:
    """Parse a collection. Returns None if its owner is on another host."""
    uri, owner = _id(document), as_id(document.get("attributedTo"))
    if "FeaturedCollection" not in types_of(document) or not uri or not same_host(uri, owner):
        return None
    topic = document.get("topic")
    listed = document.get("orderedItems", document.get("items"))
    url = url_of(document.get("url"))
    tag = topic.get("name") if isinstance(topic, Mapping) else ""
    return CollectionDocument(
        uri=uri,
        owner_uri=owner,
        url=url if same_host(url, uri) else "",
        items=None if listed is None else parse_items(listed, uri),
        name=text(document.get("name"), MAX_REMOTE_NAME_LENGTH),
        description=text(text_of(document, "summary"), MAX_REMOTE_DESCRIPTION_LENGTH),
        language=next(iter(language_map(document.get("summaryMap"))), "")[:35],
        tag=text(tag, 250).lstrip("#＃"),
        is_sensitive=is_set(document.get("sensitive")),
        is_discoverable=is_set(document.get("discoverable")),
    )


def parse_items(listed: object, collection_uri: str) -> list[ItemDocument]:
    """Return the items of a collection that are on its own host, without duplicates, at most REMOTE_ITEMS."""
    found: dict[str, ItemDocument] = {}
    for value in as_list(listed)[:REMOTE_ITEMS]:
        item = parse_item(value, collection_uri)
        if item is not None:
            found.setdefault(item.uri, item)
    return list(found.values())


def parse_item(value: object, collection_uri: str) -> ItemDocument | None:
    """Return an item, embedded or only its id. None if it is not on the collection's host or names no actor."""
    uri = _id(value)
    if not uri or not same_host(uri, collection_uri):
        return None
    if not isinstance(value, Mapping) or "FeaturedItem" not in types_of(value):
        return ItemDocument(uri)
    person, stamp = as_id(value.get("featuredObject")), as_id(value.get("featureAuthorization"))
    return ItemDocument(uri, person, stamp) if person and same_host(stamp, person) else None


def is_stamp_for(document: Mapping[str, Any], *, uri: str, collection_uri: str, person_uri: str) -> bool:
    """Return whether the document fetched from `uri` proves this actor's consent to be in this collection."""
    return (
        as_id(document) == uri
        and "FeatureAuthorization" in types_of(document)
        and as_id(document.get("interactingObject")) == collection_uri
        and as_id(document.get("interactionTarget")) == person_uri
        and same_host(uri, person_uri)
    )


def request_document(
    owner: Identity, item_id: int, collection: Collection, person_uri: str
) -> dict[str, Any]:
    """Build the request that asks a remote actor to join a collection."""
    return {
        "@context": _REQUEST_CONTEXT,
        "id": request_uri(owner, item_id),
        "type": "FeatureRequest",
        "actor": owner.uri,
        "object": person_uri,
        "instrument": collection.uri,
    }


def answer_document(
    *, kind: str, answer_id: str, person: Identity, owner_uri: str, request_id: str, stamp: str = ""
) -> dict[str, Any]:
    """Build the answer to a FeatureRequest. `kind` is Accept (with the stamp's URI) or Reject."""
    document: dict[str, Any] = {
        "@context": AS,
        "id": answer_id,
        "type": kind,
        "actor": person.uri,
        "to": owner_uri,
        "object": request_id,
    }
    if stamp:
        document["result"] = stamp
    return document


def stamp_document(*, uri: str, collection_uri: str, person_uri: str) -> dict[str, Any]:
    return {
        "@context": _STAMP_CONTEXT,
        "id": uri,
        "type": "FeatureAuthorization",
        "interactingObject": collection_uri,
        "interactionTarget": person_uri,
    }


def delete_stamp_document(*, person: Identity, stamp: dict[str, Any]) -> dict[str, Any]:
    """Build the Delete of a stamp, with which a local identity leaves a remote collection."""
    inner = dict(stamp)
    context = inner.pop("@context")
    return {
        "@context": context,
        "id": f"{stamp['id']}#delete",
        "type": "Delete",
        "actor": person.uri,
        "to": [PUBLIC],
        "object": inner,
    }


def add_collection_document(owner: Identity, document: dict[str, Any], activity_id: str) -> dict[str, Any]:
    """Build the Add that announces a new collection to followers' servers. `document` is the collection."""
    return _told(
        owner, "Add", f"{document['id']}#add/{activity_id}", document, featured_collections_uri(owner)
    )


def update_collection_document(owner: Identity, document: dict[str, Any], activity_id: str) -> dict[str, Any]:
    return _told(owner, "Update", f"{document['id']}#updates/{activity_id}", document)


def remove_collection_document(owner: Identity, collection: Collection) -> dict[str, Any]:
    uri = collection.uri
    return _told(owner, "Remove", f"{uri}#remove", uri, featured_collections_uri(owner))


def add_item_document(owner: Identity, collection: Collection, item: dict[str, Any]) -> dict[str, Any]:
    """Build the Add of an item to a collection. `item` is the item's document."""
    return _told(owner, "Add", f"{item['id']}/add", item, collection.uri)


def remove_item_document(owner: Identity, collection: Collection, item_id: int) -> dict[str, Any]:
    uri = item_uri(collection, item_id)
    return _told(owner, "Remove", f"{uri}/remove", uri, collection.uri)


def _told(owner: Identity, kind: str, activity_id: str, subject: object, target: str = "") -> dict[str, Any]:
    inner = dict(subject) if isinstance(subject, Mapping) else subject
    if isinstance(inner, dict):
        inner.pop("@context", None)
    document: dict[str, Any] = {
        "@context": _COLLECTION_CONTEXT,
        "id": activity_id,
        "type": kind,
        "actor": owner.uri,
        "to": [PUBLIC],
        "cc": [owner.followers_url],
        "object": inner,
    }
    if target:
        document["target"] = target
    return document
