"""Helpers for search operators: chips that add or remove one, and form fields that are converted to some. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy

from core.pages.addresses import path_to

SCOPES = {
    "": gettext_lazy("All"),
    "posts": gettext_lazy("Posts"),
    "library": gettext_lazy("My library"),
    "people": gettext_lazy("People"),
    "hashtags": gettext_lazy("Hashtags"),
    "collections": gettext_lazy("Collections"),
}
_OPERATORS = {
    "from:me": gettext_lazy("My posts"),
    "has:media": gettext_lazy("With media"),
    "has:poll": gettext_lazy("With a poll"),
    "has:link": gettext_lazy("With a link"),
    "is:reply": gettext_lazy("Replies"),
    "-is:reply": gettext_lazy("No replies"),
    "is:local": gettext_lazy("Of this server"),
}
_OF_VISITORS = frozenset(_OPERATORS) - {"from:me"}
_REPLACES = {"is:reply": "-is:reply", "-is:reply": "is:reply"}
_FIELDS = ("from", "after", "before")
_PIECE = re.compile(r'-?(?:[a-z]+:)?(?:"[^"]*"|“[^”]*”|\S+)', re.IGNORECASE)
_OPERATOR = re.compile(r"-?(?:from|has|is|in|language|lang|before|after|during):\S", re.IGNORECASE)


class Chip(NamedTuple):
    words: str
    path: str
    is_on: bool


def address(text: str, scope: str = "") -> str:
    """Return the URL of a search."""
    return path_to("search", {"q": text, **({"type": scope} if scope else {})})


def scopes(text: str, scope: str, *, is_signed_in: bool) -> list[Chip]:
    return [
        Chip(str(words), address(text, name), name == scope)
        for name, words in SCOPES.items()
        if is_signed_in or name != "library"
    ]


def chips(text: str, scope: str, *, is_signed_in: bool) -> Iterator[Chip]:
    """Yield a chip for each suggested operator, and for each other one in the text, which removes it."""
    pieces = _PIECE.findall(text)
    there = {piece.lower() for piece in pieces}
    for piece in pieces:
        if _OPERATOR.match(piece) and piece.lower() not in _OPERATORS:
            yield Chip(piece, address(_toggled(pieces, piece.lower()), scope), is_on=True)
    for operator, words in _OPERATORS.items():
        if is_signed_in or operator in _OF_VISITORS:
            yield Chip(str(words), address(_toggled(pieces, operator), scope), operator in there)


def with_fields(text: str, given: Mapping[str, str]) -> str:
    """Return the text with the fields for a name and for days as operators, replacing existing ones."""
    pieces = _PIECE.findall(text)
    for name in _FIELDS:
        value = given.get(name, "").strip()
        if value and " " not in value and '"' not in value:
            pieces = [piece for piece in pieces if not piece.lower().startswith(f"{name}:")]
            pieces.append(f"{name}:{value}")
    return " ".join(pieces)


def has_fields(given: Mapping[str, str]) -> bool:
    return any(given.get(name, "").strip() for name in _FIELDS)


def _toggled(pieces: list[str], operator: str) -> str:
    kept = [piece for piece in pieces if piece.lower() not in {operator, _REPLACES.get(operator)}]
    is_there = any(piece.lower() == operator for piece in pieces)
    return " ".join(kept if is_there else [*kept, operator])
