"""The tags of HTML, read in one pass to find a few values: of remote pages, and the links of sanitised texts (core/texts/html).

Python's HTMLParser takes quadratic time for malicious input; here each character is read a bounded number of times.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_NAME = re.compile(r"/?[a-zA-Z][^\s/>]*")
_SPACE = re.compile(r"[\s/]*")
_ATTRIBUTE = re.compile(r"[^\s/>=][^\s/>=]*")
_EQUALS = re.compile(r"\s*+=\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "noscript", "iframe", "template", "noembed", "xmp")
}
_SKIPPED = _RAW.keys() - {"noscript", "template"}
_MAX_ATTRIBUTES = 50


class Tag(NamedTuple):
    """A start or end tag (`/name`). `text` is the content of a title or textarea, decoded."""

    name: str
    attributes: dict[str, str]
    text: str = ""


class Anchor(NamedTuple):
    """A link of HTML: its address, decoded, and the words of its classes and relations."""

    href: str
    classes: frozenset[str]
    relations: frozenset[str]


def unescape(text: str) -> str:
    """Return the text with character references resolved. Those of more than seven digits mean no character; `int` refuses long ones."""
    return html.unescape(_HUGE_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def read_tags(page: str) -> Iterator[Tag]:
    """Yield the tags of a page in order, without comments and script contents. Ends at an unclosed tag or comment."""
    at = 0
    while (at := page.find("<", at)) >= 0:
        if page.startswith(("<!", "<?"), at):
            end = page.find("-->" if page.startswith("<!--", at) else ">", at + 2)
            if end < 0:
                return
            at = end
            continue
        found = _NAME.match(page, at + 1)
        if found is None:
            at += 1
            continue
        name = found[0].lower()
        attributes, at = _attributes(page, found.end())
        if at < 0:
            return
        if name not in _SKIPPED:
            yield Tag(name, attributes)
            continue
        closing = _RAW[name].search(page, at)
        end = closing.start() if closing else len(page)
        yield Tag(name, attributes, unescape(page[at:end]) if name in ("title", "textarea") else "")
        at = end


def read_links(html: str) -> Iterator[Anchor]:
    """Yield the links (`<a href>`) of some HTML in order; of sanitised HTML all are web addresses."""
    for tag in read_tags(html):
        if tag.name == "a" and (href := tag.attributes.get("href")):
            words = (frozenset(tag.attributes.get(name, "").split()) for name in ("class", "rel"))
            yield Anchor(href, *words)


def _attributes(page: str, at: int) -> tuple[dict[str, str], int]:
    """Return the attributes from here (the first of a name counts), and where the tag ends; -1 if it doesn't."""
    found: dict[str, str] = {}
    while at < len(page):
        at = _end(_SPACE, page, at)
        if page.startswith(">", at):
            return found, at + 1
        named = _ATTRIBUTE.match(page, at)
        if named is None:  # a stray "=", or the end
            at += 1
            continue
        at, value = named.end(), ""
        if equals := _EQUALS.match(page, at):
            at = equals.end()
            quote = page[at : at + 1]
            if quote in ('"', "'") and quote:
                end = page.find(quote, at + 1)
                if end < 0:
                    break
                value, at = page[at + 1 : end], end + 1
            else:
                end = _end(_UNQUOTED, page, at)
                value, at = page[at:end], end
        if len(found) < _MAX_ATTRIBUTES:
            found.setdefault(named[0].lower(), unescape(value))
    return found, -1


def _end(pattern: re.Pattern[str], page: str, at: int) -> int:
    match = pattern.match(page, at)
    return match.end() if match else at
