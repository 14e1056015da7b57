"""Splitting of a text into links, mentions, hashtags and the text between them."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from core.hosts.names import BadHost, normal_authority
from core.texts.hashtags import is_hashtag, is_tag_char, normal_tag
from core.texts.links import START, find_host, find_link

_MENTION = r"(?<![\w/@#&=])@(?P<user>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?P<at>@(?=\w))?"
_TAG = r"(?<![\w/@#&=])(?P<tag>[#＃])(?=\w)"
_TURNED = r"(?P<turned>[\u202d\u202e][^\n]*)"  # reversed until the end of the line, so that a URL may look like another one
_TOKEN = re.compile(rf"{_TURNED}|{START}|{_MENTION}|{_TAG}", re.IGNORECASE)
_PORT = re.compile(r":[0-9]{1,5}(?![0-9])")


class Kind(Enum):
    TEXT = "text"
    LINK = "link"
    MENTION = "mention"
    HASHTAG = "hashtag"


class Token(NamedTuple):
    """A part of a text. `name` is the URL, the username or the hashtag; `host` the normal host of a mention that has one."""

    kind: Kind
    raw: str
    name: str = ""
    host: str = ""


class Handle(NamedTuple):
    """The handle of a mention, lower case."""

    username: str
    host: str


def tokens(text: str) -> Iterator[Token]:
    """Yield the parts of a text; their `raw` joined is the text."""
    position = 0
    while match := _TOKEN.search(text, position):
        token = _token(text, match)
        if match.start() > position:
            yield Token(Kind.TEXT, text[position : match.start()])
        yield token
        position = match.start() + len(token.raw)
    if position < len(text):
        yield Token(Kind.TEXT, text[position:])


def _token(text: str, match: re.Match[str]) -> Token:
    if match["turned"]:
        return _plain(match)
    if match["scheme"]:
        link = find_link(text, match.start(), match["scheme"])
        return Token(Kind.LINK, text[match.start() : link.end], link.href) if link else _plain(match)
    if match["user"]:
        return _mention(text, match) if match["at"] else Token(Kind.MENTION, match[0], match["user"])
    end = match.end()
    while end < len(text) and is_tag_char(text[end]):
        end += 1
    name = text[match.end() : end].rstrip("·・\u200c\u200d")
    raw = text[match.start() : match.end()] + name
    return Token(Kind.HASHTAG, raw, name) if is_hashtag(name) else Token(Kind.TEXT, raw)


def _plain(match: re.Match[str]) -> Token:
    return Token(Kind.TEXT, match[0])


def _mention(text: str, match: re.Match[str]) -> Token:
    found = find_host(text, match.end())
    if found is None:
        return _plain(match)
    end, is_cut = found
    if not is_cut and (port := _PORT.match(text, end)):
        end = port.end()
    try:
        host = normal_authority(text[match.end() : end])
    except BadHost:  # an invalid handle, not one on another host
        return Token(Kind.TEXT, text[match.start() : end])
    return Token(Kind.MENTION, text[match.start() : end], match["user"], host)


def hashtags(text: str) -> dict[str, str]:
    """Return the hashtags of a text: normal form → as first written."""
    found: dict[str, str] = {}
    for token in tokens(text):
        if token.kind is Kind.HASHTAG:
            found.setdefault(normal_tag(token.name), token.name)
    return found


def handles(text: str, own_host: str) -> list[Handle]:
    """Return each mentioned handle once; a mention without a host is on `own_host`."""
    return list(
        dict.fromkeys(handle_of(token, own_host) for token in tokens(text) if token.kind is Kind.MENTION)
    )


def handle_of(token: Token, own_host: str) -> Handle:
    """Return the handle of a mention."""
    return Handle(token.name.lower(), token.host or own_host.lower())
