"""The part of Structured Fields (RFC 8941) that signatures use: dictionaries of items and inner lists, with parameters."""

import base64
import binascii
import re
from typing import NamedTuple

from federation.signatures.errors import malformed

type Bare = str | int | bool | bytes | Token
MAX_LENGTH = 8192
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_INTEGER = re.compile(r"-?\d{1,15}(?![\d.])")
_BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


class Token(str):
    """A bare word, as opposed to a quoted string."""

    __slots__ = ()


class Item(NamedTuple):
    value: Bare
    params: dict[str, Bare]


class InnerList(NamedTuple):
    value: tuple[Item, ...]
    params: dict[str, Bare]


def parse_dictionary(text: str, *, what: str) -> dict[str, Item | InnerList]:
    """The members of a dictionary field. Raises SignatureError; unlike the RFC also when a key comes twice."""
    if len(text) > MAX_LENGTH:
        raise malformed(f"The {what} is too long.")
    reader = _Reader(text.strip(" \t"), what)
    members: dict[str, Item | InnerList] = {}
    while reader.rest:
        key = reader.take(_KEY)
        if key in members:
            raise malformed(f"The {what} has {key} twice.")
        members[key] = reader.member() if reader.skip("=") else Item(True, reader.params())
        if reader.rest:
            reader.take(_COMMA)
            if not reader.rest:
                reader.fail()
    return members


def serialise(value: Bare) -> str:
    """A bare item as it stands in a canonical field."""
    match value:
        case bool():
            return "?1" if value else "?0"
        case int():
            return str(value)
        case bytes():
            return f":{base64.b64encode(value).decode()}:"
        case Token():
            return str(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'


def serialise_params(params: dict[str, Bare]) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={serialise(value)}" for key, value in params.items()
    )


class _Reader:
    def __init__(self, text: str, what: str) -> None:
        self._text, self._at, self._what = text, 0, what

    @property
    def rest(self) -> bool:
        return self._at < len(self._text)

    def fail(self) -> None:
        raise malformed(f"The {self._what} isn't a valid structured field.", detail=self._text[:300])

    def skip(self, character: str) -> bool:
        if self._text.startswith(character, self._at):
            self._at += len(character)
            return True
        return False

    def spaces(self) -> bool:
        before = self._at
        while self.skip(" "):
            pass
        return self._at > before

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise malformed(f"The {self._what} isn't a valid structured field.", detail=self._text[:300])
        self._at = found.end()
        return found[found.re.groups]

    def member(self) -> Item | InnerList:
        if not self.skip("("):
            return Item(self.bare(), self.params())
        items: list[Item] = []
        self.spaces()
        while not self.skip(")"):
            items.append(Item(self.bare(), self.params()))
            if not self.spaces() and not self._text.startswith(")", self._at):
                self.fail()
        return InnerList(tuple(items), self.params())

    def params(self) -> dict[str, Bare]:
        found: dict[str, Bare] = {}
        while self.skip(";"):
            self.spaces()
            key = self.take(_KEY)
            if key in found:
                raise malformed(f"The {self._what} has the parameter {key} twice.")
            found[key] = self.bare() if self.skip("=") else True
        return found

    def bare(self) -> Bare:
        following = self._text[self._at : self._at + 1]
        match following:
            case '"':
                return re.sub(r"\\(.)", r"\1", self.take(_STRING))
            case ":":
                encoded = self.take(_BYTES)
                try:
                    return base64.b64decode(encoded, validate=True)
                except binascii.Error as error:
                    raise malformed(f"The {self._what} has bytes that aren't base64.") from error
            case "?":
                if self.skip("?1"):
                    return True
                if self.skip("?0"):
                    return False
                self.fail()
        if following.isdecimal() or following == "-":
            return int(self.take(_INTEGER))
        return Token(self.take(_TOKEN))
