"""Collections as ActivityPub documents (FEP-7aa9, as Mastodon 4.6 writes them). Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.texts import tag_path
from federation.documents import as_id, is_set, language_map, same_host
from users.collections.models import Collection
from users.identities.activitypub.context import AS, PUBLIC
from users.identities.activitypub.parsing import said, text, types_of
from users.identities.models import Identity

LONGEST_REMOTE_NAME = 256
LONGEST_REMOTE_DESCRIPTION = 2048
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


class CollectionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The name and description of a remote collection. Who is in it is not read: only people who agreed here matter."""

    uri: str
    owner_uri: str
    name: str
    description: str
    language: str
    tag: str
    is_sensitive: bool
    is_discoverable: bool


def collection_uri(owner: Identity, collection_id: int) -> str:
    return f"{owner.uri}/featured_collections/{collection_id}"


def request_uri(owner: Identity, item_id: int) -> str:
    """Return the id of the request that asks a remote person to be in a collection of `owner`."""
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
    """Return the URI of the stamp that says that a local person agreed to be in a collection."""
    return f"{person_uri}/feature_authorizations/{item_id}"


def item_document(collection: Collection, item_id: int, person: Identity, stamp: str) -> dict[str, Any]:
    return {
        "id": f"{collection.uri}#items/{item_id}",
        "type": "FeaturedItem",
        "featuredObject": person.uri,
        "featuredObjectType": person.actor_type,
        "featureAuthorization": stamp,
    }


def collection_document(
    collection: Collection, owner: Identity, items: Sequence[dict[str, Any]], base_url: str
) -> dict[str, Any]:
    """Return a collection of a local identity with the people who agreed."""
    document: dict[str, Any] = {
        "@context": _COLLECTION_CONTEXT,
        "id": collection.uri,
        "type": "FeaturedCollection",
        "attributedTo": owner.uri,
        "name": collection.name,
        "url": collection.uri,
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
            "href": base_url + tag_path(collection.tag),
            "name": f"#{collection.tag}",
        }
    return document


def parse_collection(document: Mapping[str, Any]) -> CollectionDocument | None:
    """Return what a fetched document says; None when it is no collection of its own host."""
    uri, owner = as_id(document), as_id(document.get("attributedTo"))
    if "FeaturedCollection" not in types_of(document) or not uri or not same_host(uri, owner):
        return None
    topic = document.get("topic")
    tag = topic.get("name") if isinstance(topic, Mapping) else ""
    return CollectionDocument(
        uri=uri,
        owner_uri=owner,
        name=text(document.get("name"), LONGEST_REMOTE_NAME),
        description=text(said(document, "summary"), LONGEST_REMOTE_DESCRIPTION),
        language=next(iter(language_map(document.get("summaryMap"))), "")[:35],
        tag=text(tag, 250).lstrip("#＃"),
        is_sensitive=is_set(document.get("sensitive")),
        is_discoverable=is_set(document.get("discoverable")),
    )


def request_document(
    owner: Identity, item_id: int, collection: Collection, person_uri: str
) -> dict[str, Any]:
    """Build the request that asks a remote person to be in a collection."""
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
    """Build the activity by which a local person leaves a remote collection."""
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
