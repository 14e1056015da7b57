"""Pages of an outbox and their items, and the other collections of a remote actor. Pure; nothing is trusted beyond its host."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from activities.publishing.activitypub import author_of, is_of_own_kind, is_post, is_vote
from federation.documents import as_list, same_host, text, types_of
from users.identities.activitypub.parsing import url_of

MAX_ITEMS = 200  # per page


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """A page. `next_page` is empty at the end, or if it would be on another host."""

    items: list[Any]
    next_page: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that may be shown: a post (with its document, if that can be trusted) or a boost of the post `boosted`.

    `activity` is the item: the Create of a post, an Announce, or the post itself.
    """

    uri: str
    activity: Mapping[str, Any]
    note: Mapping[str, Any] | None = None
    boosted: str = ""


def read_page(document: Mapping[str, Any], address: str) -> OutboxPage:
    """Read the items of an outbox or of a page of it; for a paged outbox its first page, if embedded."""
    first = document.get("first")
    page = first if isinstance(first, Mapping) else document
    items = as_list(page.get("orderedItems", page.get("items")))[:MAX_ITEMS]
    following = url_of(first) if isinstance(first, str) else url_of(page.get("next"))
    is_safe = following not in ("", address, url_of(page)) and same_host(following, address)
    return OutboxPage(items, following if is_safe else "")


def milliseconds_in_order(items: Sequence[object]) -> list[timedelta]:
    """Return for each item the number of older ones in the same second: milliseconds to add, so that posts of a second keep their order."""
    counts: Counter[str] = Counter()
    waits = []
    for item in reversed(items):
        said = item.get("published") if isinstance(item, Mapping) else None
        moment = said if isinstance(said, str) else ""
        waits.append(timedelta(milliseconds=counts[moment] if moment else 0))
        counts[moment] += 1
    return waits[::-1]


def entry_of(item: object, owner: str) -> Entry | str:
    """Return the entry of an item of this actor's outbox, or why it is not shown. An item that is only an id has no `note` and no type."""
    if isinstance(item, str):
        return Entry(item, {}) if same_host(url_of(item), owner) else "not on the actor's host"
    if not isinstance(item, Mapping):
        return "nothing"
    kinds, uri = types_of(item), url_of(item)
    if not is_post(item) and url_of(item.get("actor")) != owner:
        return "of another actor"
    if "Announce" in kinds:
        inner = item.get("object")  # of a group: a member's activity, whose object is the post
        if isinstance(inner, Mapping) and "Create" in types_of(inner):
            inner = inner.get("object")
        boosted = url_of(inner)
        return Entry(uri, item, boosted=boosted) if boosted and same_host(uri, owner) else "boost of nothing"
    note = item.get("object") if "Create" in kinds else item
    if isinstance(note, Mapping) and not types_of(note):  # only an id, as JSON-LD may write it
        note = url_of(note)
    if not is_post(note) and not isinstance(note, str):
        return f"{', '.join(sorted(kinds))[:50] or 'no type'} is not shown"
    note_uri = url_of(note)
    if not same_host(note_uri, owner):
        return "not on the actor's host"
    if not isinstance(note, Mapping):
        return Entry(note_uri, item)
    if author_of(note) != owner:
        return "of another author"
    if is_vote(note):
        return "a vote"
    return Entry(note_uri, item, note=None if is_of_own_kind(note) else note)


def hashtags_in(items: Sequence[object]) -> list[str]:
    """Return the hashtags in a `featuredTags` collection as written, without #."""
    names = [
        text(item.get("name"), longest=200).strip().lstrip("#＃")
        for item in items
        if isinstance(item, Mapping) and "Hashtag" in types_of(item)
    ]
    return [name for name in dict.fromkeys(names) if name]
