"""JSON from other servers, with limits on size, depth and number of values. Anything that two parsers may read differently is refused."""

import json
import re
from http import HTTPStatus
from typing import Any

import msgspec

from core.errors import BadInput

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_CONTAINERS = 20_000

# an unterminated string extends to the end, or the search would restart at every quote inside it
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_decode = msgspec.json.Decoder().decode


class _SameKey(Exception):
    pass


class MalformedJson(BadInput):
    """Invalid JSON; the message says why."""

    status = HTTPStatus.BAD_REQUEST


def decode(body: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of a JSON text. Raises MalformedJson, also for duplicate keys, NaN, lone surrogates and NUL characters."""
    if len(body) > max_bytes:
        raise MalformedJson(code="document_too_large", detail=f"{len(body)} bytes")
    body = body.removeprefix(b"\xef\xbb\xbf")
    if body.count(b"[") + body.count(b"{") > max_depth:
        _check_depth(_STRING.sub(b"", body), max_depth)
    if b"\\u0000" in body and _NUL.search(body):
        raise MalformedJson(code="document_with_nul")
    try:
        value = _decode(body)
    except msgspec.MsgspecError as error:
        raise MalformedJson(code="document_not_json", detail=str(error)) from error
    except UnicodeDecodeError as error:
        raise MalformedJson(code="document_not_utf8", detail=str(error)) from error
    except RecursionError as error:
        raise MalformedJson(code="document_too_deep") from error
    try:
        # msgspec silently keeps the last of two equal keys; the standard parser returns both (12 µs for an actor)
        _show_pairs(body.decode())
    except _SameKey as error:
        raise MalformedJson(code="document_with_key_twice", detail=str(error)) from error
    return value


def _check_depth(bare: bytes, max_depth: int) -> None:
    """Raise MalformedJson if the document is too deep or has too many parts.

    `bare` is the document without its strings. Runs before anything is parsed.
    """
    containers = bare.count(b"[") + bare.count(b"{")
    if containers > MAX_CONTAINERS:
        raise MalformedJson(code="document_of_too_many_parts", detail=f"{containers} objects and lists")
    depth = 0
    for bracket in _BRACKET.findall(bare):
        if bracket in b"[{":
            depth += 1
            if depth > max_depth:
                raise MalformedJson(code="document_too_deep")
        else:
            depth -= 1


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _SameKey(f"{len(pairs)} members")


_show_pairs = json.JSONDecoder(object_pairs_hook=_unique).decode
