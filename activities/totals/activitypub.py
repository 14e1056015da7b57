"""The collections that count a post's likes, boosts and replies. Pure."""

from collections.abc import Mapping
from typing import Any

from federation.documents import as_id, same_host, total_of

# property of a post's document → column of the post
_COUNTED = {"likes": "stated_likes", "shares": "stated_boosts", "replies": "stated_replies"}


def collections_to_ask(document: Mapping[str, Any]) -> dict[str, str]:
    """Return column → URL of each collection that the document only links, without total or items.

    Only those on the post's own host: no other server's number is trusted.
    """
    uri, found = as_id(document.get("id")), {}
    for name, column in _COUNTED.items():
        collection = document.get(name)
        if isinstance(collection, Mapping) and not {
            "totalItems",
            "first",
            "items",
            "orderedItems",
        }.isdisjoint(collection):
            continue
        address = "" if isinstance(collection, list) else as_id(collection)
        if address and address != uri and same_host(address, uri):
            found[column] = address
    return found


def total_in(collection: Mapping[str, Any], address: str) -> int | None:
    """Return the total of the collection requested at this URL."""
    return total_of(collection) if as_id(collection) == address else None
