"""Readers for remote ActivityPub documents: total functions over parsed JSON. Only `require` raises.

Servers write a property in many ways: a value, a list of one, an object with an id, a map of languages, null. These functions accept all
of them; invalid values are read as absent ("", None, empty).
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from core import clock
from core.errors import BadInput
from core.hosts.names import host_and_port
from core.texts.short_cache import cached_if_short

type Document = Mapping[str, Any]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_PUBLIC_NAMES = frozenset((PUBLIC, "as:Public", "Public"))
MAX_URI = 2048
MAX_ITEMS = 1000  # of one property; the rest is not read
_EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}\Z")
_NOT_IN_URLS = frozenset(' "<>\\`')
_ENCODED = str.maketrans({char: f"%{ord(char):02X}" for char in (*_NOT_IN_URLS, "'")})
_FRACTION = re.compile(r"(\.\d{6})\d+")
_ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"


class MalformedDocument(BadInput):
    """A document that lacks a required property; the message says which."""

    status = HTTPStatus.BAD_REQUEST


def require(value: str, what: str) -> str:
    """Return the value. Raises MalformedDocument if it is empty."""
    if not value:
        raise MalformedDocument(code="document_incomplete", what=what)
    return value


def as_list(value: object) -> list[Any]:
    """Return the value as a list: itself, a list of one, or empty for null. For collections their items, if embedded."""
    if isinstance(value, list):
        return value[:MAX_ITEMS]
    if isinstance(value, Mapping) and types_of(value) & COLLECTIONS:
        return as_list(value.get("orderedItems", value.get("items")))
    return [] if value is None else [value]


COLLECTIONS = frozenset(("Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"))


def first(value: object) -> Any:
    """Return the first item of a list, or the value itself; None if there is none."""
    if isinstance(value, list):
        return value[0] if value else None
    return value


def as_id(value: object) -> str:
    """Return the id of a referenced or embedded object (for a list: of its first), if it is a valid http(s) URL."""
    value = first(value)
    if isinstance(value, Mapping):
        value = value.get("id", value.get("@id"))
    return value if isinstance(value, str) and _is_web(value) else ""


def unwrap_single(value: Any) -> Any:
    """Return the one item of a list of one; anything else as it is."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def id_of(value: object) -> str:
    """Return the id of something that may be embedded or named, also in a list of one; empty when it has none."""
    value = unwrap_single(value)
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def as_ids(value: object) -> list[str]:
    """Return the ids of several objects, without duplicates, in order."""
    return list(dict.fromkeys(uri for uri in map(as_id, as_list(value)) if uri))


def as_document(value: object) -> Document | None:
    """Return the first embedded object."""
    return next((item for item in _items(value) if isinstance(item, Mapping)), None)


def _items(value: object) -> list[Any]:
    return value[:MAX_ITEMS] if isinstance(value, list) else [value]


def _is_web(uri: str) -> bool:
    return len(uri) <= MAX_URI and uri.startswith(("https://", "http://")) and bool(host_of(uri))


def types_of(document: object) -> frozenset[str]:
    """Return all types, without the prefix of ActivityStreams."""
    return frozenset(ordered_types(document))


def ordered_types(document: object) -> list[str]:
    """Return the same as types_of, in order."""
    value = document.get("type", document.get("@type")) if isinstance(document, Mapping) else None
    names = (item for item in _items(value) if isinstance(item, str) and len(item) <= 200)
    return [name.removeprefix(_ACTIVITY_STREAMS + "#").removeprefix("as:") for name in names]


def type_of(document: object, known: Iterable[str] = ()) -> str:
    """Return the type; of several, one of `known` if possible, else the first."""
    types = types_of(document)
    if len(types) > 1 and isinstance(document, Mapping):
        wanted = next((name for name in known if name in types), "")
        return wanted or next(iter(sorted(types)))
    return next(iter(types), "")


def text(value: object, *, longest: int = 1_000_000) -> str:
    """Return a text, truncated at `longest`; for a list its first text, for a language map any."""
    for item in _items(value):
        if isinstance(item, str):
            return item[:longest]
    if isinstance(value, Mapping):
        return next(iter(language_map(value).values()), "")[:longest]
    return ""


def language_map(value: object) -> dict[str, str]:
    """Parse `contentMap` and similar properties into language tag → text. Invalid entries are left out."""
    if not isinstance(value, Mapping):
        return {}
    pairs = list(value.items())[:100]
    return {
        tag: item
        for tag, item in pairs
        if isinstance(item, str) and isinstance(tag, str) and _LANGUAGE.match(tag)
    }


def number(value: object) -> int | None:
    """Return a non-negative integer that fits into 63 bits, also if it is given as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    whole = int(value) if abs(value) < 2**63 else -1
    return whole if whole >= 0 else None


MAX_TOTAL = 2_000_000_000  # local counts added to it still fit into 32 bits


def total_of(collection: object) -> int | None:
    """Return the `totalItems` of an embedded collection; None for anything but a whole number from 0 to MAX_TOTAL."""
    total = collection.get("totalItems") if isinstance(collection, Mapping) else None
    is_count = isinstance(total, int) and not isinstance(total, bool) and 0 <= total <= MAX_TOTAL
    return total if is_count else None


def flag(value: object) -> bool | None:
    """Return a boolean; None for anything else."""
    return value if isinstance(value, bool) else None


def is_set(value: object) -> bool:
    """Return whether a flag is set, in any spelling: anything but false, 0, null and words for no.

    For flags that hide something.
    """
    if isinstance(value, list | Mapping):
        return bool(value)
    return value is not None and str(value)[:10].strip().lower() not in _NO


_NO = frozenset(("", "false", "0", "0.0", "no", "off", "null", "none"))


def parse_datetime(value: object) -> dt.datetime | None:
    """Parse a time in ISO 8601 leniently: no zone means UTC; times before 1970 or over a day ahead are clamped."""
    value = first(value)
    if not isinstance(value, str) or not 8 <= len(value) <= 64:
        return None
    try:
        found = dt.datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
        found = found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return max(_EARLIEST, min(found, clock.now() + dt.timedelta(days=1)))


def url(value: object, media_types: Iterable[str] = ("text/html",)) -> str:
    """Return an http(s) URL from a `url` property: a text, a Link or Image, or a list of these; one of `media_types` if possible."""
    wanted = tuple(media_types)
    found: dict[str, str] = {}
    for item in _items(value):
        kind = ""
        if isinstance(item, Mapping):
            kind = text(item.get("mediaType"), longest=100).lower()
            item = item.get("href", item.get("url"))
            if isinstance(item, list | Mapping):
                item = url(item, wanted) if not _too_deep(item) else ""
        if isinstance(item, str) and _is_web(item):
            found.setdefault(kind, item)
    return next((found[kind] for kind in wanted if kind in found), next(iter(found.values()), ""))


def clean_url(uri: str) -> str:
    """Return a URL, or "" if it contains invalid characters (RFC 3986)."""
    return uri if uri.isprintable() and not _NOT_IN_URLS & set(uri) else ""


def picture_url(value: object) -> str:
    """Return the URL of a picture; invalid characters are percent-encoded, as browsers do."""
    found = url(value, ())
    return clean_url(found.translate(_ENCODED)) if found.isprintable() else ""


def _too_deep(value: object) -> bool:
    """Return whether a Link inside a Link contains a third."""
    return any(
        isinstance(item, Mapping) and isinstance(item.get("href", item.get("url")), list | Mapping)
        for item in _items(value)
    )


def actor_of(activity: Document) -> str:
    """Return the id of the actor: `actor`, or for objects `attributedTo`, which may have several (the first counts)."""
    return as_id(activity.get("actor")) or next(iter(as_ids(activity.get("attributedTo"))), "")


@cached_if_short(longest=MAX_URI, maxsize=8192)
def host_of(uri: str) -> str:
    """Return the normalised host of a URI (lower case, punycode, no final dot), with a non-default port; "" if there is none.

    A host must have one spelling here, or a block could be circumvented.
    """
    if len(uri) > MAX_URI:
        return ""
    try:
        parts = urlsplit(uri)
        if parts.scheme not in ("https", "http"):
            return ""
        host, port = host_and_port(parts)
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return host if port in (None, 443 if parts.scheme == "https" else 80) else f"{host}:{port}"


def same_host(one: str, other: str) -> bool:
    """Return whether two URIs have the same host. False if either has none."""
    host = host_of(one)
    return bool(host) and host == host_of(other)


def is_public(value: object) -> bool:
    """Return whether an id, or one in a list, is the public collection (including its short forms)."""
    return any(_address(item) in _PUBLIC_NAMES for item in as_list(value))


def addressees(document: Document, *properties: str) -> list[str]:
    """Return the addressees of the document, without duplicates, the public as PUBLIC. `properties` default to `to` and `cc`."""
    found: dict[str, None] = {}
    for name in properties or ("to", "cc"):
        for item in as_list(document.get(name)):
            address = _address(item)
            if address in _PUBLIC_NAMES:
                found[PUBLIC] = None
            elif address and _is_web(address):
                found[address] = None
    return list(found)


def _address(item: object) -> str:
    if isinstance(item, Mapping):
        item = item.get("id")
    return item if isinstance(item, str) else ""
