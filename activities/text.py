"""What a person typed: its links, mentions and hashtags, its length as Mastodon counts it, and the HTML made from it. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import Enum
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

LIMIT = 500
LINK_LENGTH = 23  # what a link counts, however long it is
_LINK_SHOWN = 30  # how much of a link is readable text
_TAG_LIMIT = 100
_NORMAL_TAG_LIMIT = 200  # the column's width; some characters become many when normalised

_URL = r"(?P<url>https?://[^\s<>\"\u2026]+)"
_MENTION = r"@(?P<user>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@(?P<host>[^\W_](?:[\w.-]*\w)?(?::\d{1,5})?))?"
_TAG = r"(?P<tag>[#＃])(?=\w)"
_TOKEN = re.compile(rf"(?<![\w/@#&=])(?:{_URL}|{_MENTION}|{_TAG})", re.IGNORECASE)
_TAG_EXTRAS = frozenset("_·・\u200c\u200d")
_BLANK_LINES = re.compile(r"\n{2,}")


class Kind(Enum):
    TEXT = "text"
    LINK = "link"
    MENTION = "mention"
    HASHTAG = "hashtag"


class Token(NamedTuple):
    """A piece of a text. `name` is the URL, the username or the hashtag; `host` the host of a mention, when it names one."""

    kind: Kind
    raw: str
    name: str = ""
    host: str = ""


class Handle(NamedTuple):
    """Who a text mentions, lower case."""

    username: str
    host: str


def tokens(text: str) -> Iterator[Token]:
    """The text in pieces; their `raw` joined is the text."""
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
    if match["url"]:
        url = _without_trailing_marks(match["url"])
        return Token(Kind.LINK, url, url) if _has_host(url) else Token(Kind.TEXT, url)
    if match["user"]:
        return Token(Kind.MENTION, match[0], match["user"], match["host"] or "")
    end = match.end()
    while end < len(text) and (
        text[end].isalnum() or text[end] in _TAG_EXTRAS or unicodedata.category(text[end])[0] == "M"
    ):
        end += 1
    name = text[match.end() : end].rstrip("·・\u200c\u200d")
    raw = text[match.start() : match.end()] + name
    is_tag = is_hashtag(name)
    return Token(Kind.HASHTAG, raw, name) if is_tag else Token(Kind.TEXT, raw)


def _without_trailing_marks(url: str) -> str:
    """A link without the punctuation of the sentence around it; a bracket stays when it was opened inside."""
    while url:
        last = url[-1]
        if last in ".,;:!?'*_~、。！？，：；」』）】" or (
            last in ")]}" and url.count(last) > url.count("([{"[")]}".index(last)])
        ):
            url = url[:-1]
        else:
            break
    return url


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def normal_tag(name: str) -> str:
    """A hashtag as it is compared and stored: NFKC, case-folded, without `#`."""
    return unicodedata.normalize("NFKC", name.strip().lstrip("#＃")).casefold()


def is_hashtag(name: str) -> bool:
    """Whether a name can be a hashtag: not too long, and not made of digits alone."""
    return (
        len(name) <= _TAG_LIMIT
        and any(not (char.isdigit() or char == "_") for char in name)
        and len(normal_tag(name)) <= _NORMAL_TAG_LIMIT
    )


def clean(text: str) -> str:
    """The text without what the database can't hold (NUL, lone surrogates)."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def hashtags(text: str) -> dict[str, str]:
    """The hashtags of a text: normal form → as first written."""
    found: dict[str, str] = {}
    for token in tokens(text):
        if token.kind is Kind.HASHTAG:
            found.setdefault(normal_tag(token.name), token.name)
    return found


def handles(text: str, own_host: str) -> list[Handle]:
    """Who a text mentions, each once; a mention without a host is of somebody on `own_host`."""
    found = (
        Handle(token.name.lower(), normal_host(token.host or own_host))
        for token in tokens(text)
        if token.kind is Kind.MENTION
    )
    return list(dict.fromkeys(found))


def normal_host(host: str) -> str:
    """A host as it is compared: lower case, international names in their ASCII form."""
    host = host.lower()
    if host.isascii():
        return host
    name, colon, port = host.partition(":")
    try:
        return name.encode("idna").decode() + colon + port
    except UnicodeError:
        return host


def length(text: str) -> int:
    """Characters as Mastodon counts them: a link is 23, the host of a mention is nothing, an accent or emoji sequence is one."""
    total = 0
    for token in tokens(text):
        if token.kind is Kind.LINK:
            total += LINK_LENGTH
        elif token.kind is Kind.MENTION:
            total += 1 + len(token.name)
        else:
            total += _graphemes(token.raw)
    return total


def _graphemes(text: str) -> int:
    """Close to Unicode's grapheme clusters: marks, modifiers and what a joiner joins belong to the character before them."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    count = 0
    joined = False
    flag_open = False
    for char in text:
        if char == "\u200d":
            joined = True
            continue
        is_flag_part = "\U0001f1e6" <= char <= "\U0001f1ff"
        extends = unicodedata.category(char) in {"Mn", "Me"} or "\U0001f3fb" <= char <= "\U0001f3ff"
        if not (extends or joined or (is_flag_part and flag_open)):
            count += 1
        flag_open = is_flag_part and not flag_open
        joined = False
    return count


def to_html(text: str, *, own_host: str, base_url: str, profile_urls: Mapping[Handle, str]) -> str:
    """The text as HTML: paragraphs, line breaks, links, hashtags of `base_url`, and mentions of the people in `profile_urls`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    paragraphs = (part for part in _BLANK_LINES.split(text) if part.strip())
    return "".join(f"<p>{_inline(part, own_host, base_url, profile_urls)}</p>" for part in paragraphs)


def _inline(text: str, own_host: str, base_url: str, profile_urls: Mapping[Handle, str]) -> str:
    pieces = []
    for token in tokens(text):
        match token.kind:
            case Kind.LINK:
                pieces.append(_link(token.name))
            case Kind.HASHTAG:
                href = escape(f"{base_url}/tags/{normal_tag(token.name)}")
                pieces.append(
                    f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(token.name)}</span></a>'
                )
            case Kind.MENTION:
                handle = Handle(token.name.lower(), normal_host(token.host or own_host))
                pieces.append(_mention(token, profile_urls.get(handle)))
            case Kind.TEXT:
                pieces.append(escape(token.raw, quote=False).replace("\n", "<br>"))
    return "".join(pieces)


def _mention(token: Token, profile_url: str | None) -> str:
    if profile_url is None:
        return escape(token.raw)
    return (
        f'<span class="h-card" translate="no"><a href="{escape(profile_url)}" class="u-url mention">'
        f"@<span>{escape(token.name)}</span></a></span>"
    )


def _link(url: str) -> str:
    """A link, shown without its scheme and shortened, the way Mastodon does it and clients expect."""
    prefix = re.match(r"https?://(?:www\.)?", url, re.IGNORECASE)
    start = prefix.end() if prefix else 0
    shown, rest = url[start : start + _LINK_SHOWN], url[start + _LINK_SHOWN :]
    css = ' class="ellipsis"' if rest else ""
    return (
        f'<a href="{escape(_ascii_url(url))}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(url[:start])}</span><span{css}>{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest)}</span></a>'
    )


def _ascii_url(url: str) -> str:
    """The URL with its host in ASCII, which every server and client can open."""
    parts = urlsplit(url)
    if parts.netloc.isascii():
        return url
    return parts._replace(netloc=normal_host(parts.netloc)).geturl()
