"""Structured Fields (RFC 9651) as used by signatures: http-sf's parser, with our limits and errors."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import http_sf

from federation.signatures.errors import SignatureError

type Bare = str | int | float | bool | bytes | Decimal | dt.datetime | http_sf.Token | http_sf.DisplayString
MAX_LENGTH = 8192
_NEWER = (Decimal, dt.datetime, http_sf.DisplayString)  # no field of signatures uses these


class Item(NamedTuple):
    value: Bare
    params: dict[str, Bare]


class InnerList(NamedTuple):
    value: tuple[Item, ...]
    params: dict[str, Bare]


def parse_dictionary(text: str, *, what: str) -> dict[str, Item | InnerList]:
    """Return the members of a dictionary field. Raises SignatureError; unlike the RFC also for a repeated key."""
    if len(text) > MAX_LENGTH:
        raise SignatureError(code="structured_field_too_long", what=what)

    def twice(key: str, _where: str) -> None:
        raise SignatureError(code="structured_field_key_twice", what=what, key=key)

    try:
        members: Any = http_sf.parse(
            text.strip(" \t").encode("ascii"), tltype="dictionary", on_duplicate_key=twice
        )
    except ValueError as error:
        raise SignatureError(
            code="structured_field_invalid", what=what, detail=f"{error}: {text[:300]}"
        ) from error
    if any(isinstance(one, _NEWER) for one in _values(members)):
        raise SignatureError(code="structured_field_invalid", what=what, detail=text[:300])
    return {
        key: InnerList(tuple(Item(*item) for item in value), params)
        if isinstance(value, list)
        else Item(value, params)
        for key, (value, params) in members.items()
    }


def _values(members: Any) -> Iterator[Any]:
    """Yield every bare value of a parsed dictionary."""
    for value, params in members.values():
        yield from params.values()
        if isinstance(value, list):
            for item, of_item in value:
                yield item
                yield from of_item.values()
        else:
            yield value


def serialise_item(item: Item) -> str:
    """Return an item with its parameters in the canonical form."""
    if not item.params and isinstance(item.value, str):
        return _serialise_name(item.value)
    return http_sf.ser((item.value, item.params))


@lru_cache(256)
def _serialise_name(name: str) -> str:
    """Serialise the name of a covered component. Cached: messages use the same few, and the library takes 5 µs for each."""
    return http_sf.ser(name)


def serialise_list(covered: InnerList) -> str:
    """Return an inner list with its parameters in the canonical form."""
    return f"({' '.join(map(serialise_item, covered.value))}){_serialise_params(covered.params)}"


def _serialise_params(params: dict[str, Bare]) -> str:
    return http_sf.ser((True, params)).removeprefix("?1")
