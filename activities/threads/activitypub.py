"""Collections that list the posts of a conversation: `replies`, and `context` and `contextHistory` (FEP-7888, FEP-f228). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from activities.publishing.activitypub import author_of, is_of_own_kind, is_post
from federation.documents import as_id, as_list, same_host, total_of, types_of
from users.identities.activitypub.parsing import url_of

MAX_ITEMS = 200  # per page
_COLLECTIONS = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})
_AROUND_POSTS = frozenset({"Create", "Update"})  # contextHistory lists activities
_CONTENT = frozenset({"first", "next", "items", "orderedItems"})
_MAX_CONTEXTS = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """An item. `note` is its document, if the host that lists it is its own."""

    uri: str
    note: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page. `next_page` is empty at the end, or if it would be on another host."""

    items: list[Listed] = field(default_factory=list)
    next_page: str = ""


def replies_in(document: Mapping[str, Any]) -> Page:
    """Return the replies that a post's document embeds, and the collections that list the others."""
    return read_page(document.get("replies"), url_of(document))


def contexts_of(document: Mapping[str, Any]) -> list[str]:
    """Return the URLs of collections of the whole conversation; ignores other kinds of ids."""
    found = [as_id(document.get(name)) for name in ("contextHistory", "context")]
    return [uri for uri in dict.fromkeys(found) if uri][:_MAX_CONTEXTS]


def is_collection(document: Mapping[str, Any]) -> bool:
    return not _COLLECTIONS.isdisjoint(types_of(document))


def read_page(collection: object, address: str) -> Page:
    """Read a collection, or a page of one, served by the host of `address`. Its first page may be embedded, or only linked."""
    if isinstance(collection, str):
        return Page(next_page=_beside(address, collection))
    if not isinstance(collection, Mapping):
        return Page()
    first = collection.get("first")
    pages = [collection, first] if isinstance(first, Mapping) else [collection]
    listed = [
        item for page in pages for item in as_list(page.get("orderedItems", page.get("items")))[:MAX_ITEMS]
    ]
    items = [found for item in listed[:MAX_ITEMS] if (found := _listed(item, address)) is not None]
    following = url_of(first) if isinstance(first, str) else url_of(pages[-1].get("next"))
    if _CONTENT.isdisjoint(collection) and total_of(collection) != 0:
        following = url_of(collection)  # only linked
    return Page(items, _beside(address, following))


def _beside(address: str, following: str) -> str:
    """Return the URL of the next page, if it differs and is on the same host."""
    uri = url_of(following)
    return uri if uri != address and same_host(uri, address) else ""


def _listed(item: object, address: str) -> Listed | None:
    if isinstance(item, Mapping) and not _AROUND_POSTS.isdisjoint(types_of(item)):
        item = item.get("object")
    uri = url_of(item)
    if isinstance(item, str) or not uri:
        return Listed(uri) if uri else None
    if not isinstance(item, Mapping) or not is_post(item):
        return None
    is_its_own = same_host(uri, address) and same_host(author_of(item), uri) and not is_of_own_kind(item)
    return Listed(uri, item if is_its_own else None)
