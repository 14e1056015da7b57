"""Parsing of HTML pages and oEmbed documents for preview cards: OpenGraph, Twitter's and plain meta tags. Pure; nothing is trusted.

Sources: ogp.me, oembed.com. Returns plain, truncated text; an iframe only as an https URL.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urljoin, urlsplit

import webencodings

from core.texts.html_tags import read_tags
from core.texts.languages import known_language

MAX_HTML = 500_000
_MAX_TITLE_LENGTH = 500
_MAX_DESCRIPTION_LENGTH = 1000
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]{2,30})", re.IGNORECASE)
_HANDLE = re.compile(r"@?([^\s@/]{1,255}@[^\s@/]{1,255})")
_OEMBED_TYPES = {"application/json+oembed", "text/json+oembed"}


@dataclass
class PageHead:
    """The head of a page: meta tags, title, language and the oEmbed link."""

    url: str
    meta: dict[str, str] = field(default_factory=dict)
    title: str = ""
    language: str = ""
    oembed_url: str = ""

    def said(self, *names: str, limit: int = _MAX_TITLE_LENGTH) -> str:
        """Return the first non-empty one of these meta tags, as plain text."""
        return next((plain for name in names if (plain := _plain(self.meta.get(name, ""), limit))), "")

    def address(self, *names: str) -> str:
        return next((found for name in names if (found := _absolute(self.url, self.meta.get(name, "")))), "")


def decode_page(body: bytes, content_type: str) -> str:
    """Decode a page, by its byte order mark, else the charset of its header or first bytes.

    Only encodings of the WHATWG's list: Python's others may take quadratic time, or fail.
    """
    declared = _CHARSET.search(content_type.encode()) or _CHARSET.search(body[:2048])
    encoding = webencodings.lookup(declared[1].decode()) if declared else None
    text, _ = webencodings.decode(body[:MAX_HTML], encoding or webencodings.UTF8, errors="replace")
    return text


def read_head(html: str, url: str) -> PageHead:
    head = PageHead(url)
    for tag in read_tags(html[:MAX_HTML]):
        if tag.name in ("body", "/head"):
            break
        given = tag.attributes
        if tag.name == "html":
            head.language = given.get("lang", "")
        elif tag.name == "meta":
            name = (given.get("property") or given.get("name") or given.get("itemprop") or "").lower()
            if name and given.get("content"):
                head.meta.setdefault(name, given["content"])
        elif tag.name == "title" and not head.title:
            head.title = tag.text
        elif tag.name == "link" and given.get("type", "").lower() in _OEMBED_TYPES and not head.oembed_url:
            head.oembed_url = _absolute(url, given.get("href", ""))
    return head


def page_fields(head: PageHead) -> dict[str, Any]:
    """Return the fields of a card from the page alone."""
    language = head.said("og:locale", limit=35) or head.language
    player, sized_by = _player_of(head)
    is_playable = bool(player)
    width, height = (_size(head.meta.get(f"{sized_by}:{side}")) for side in ("width", "height"))
    return {
        "type": "video" if is_playable else "link",
        "html": _player(player, width, height) if is_playable else "",
        "title": head.said("og:title", "twitter:title") or _plain(head.title, _MAX_TITLE_LENGTH),
        "description": head.said(
            "og:description", "twitter:description", "description", limit=_MAX_DESCRIPTION_LENGTH
        ),
        "language": known_language(language) or "",
        "provider_name": head.said("og:site_name", limit=200),
        "author_name": head.said("author", "article:author:name", limit=200),
        "image_url": head.address("og:image:secure_url", "og:image", "twitter:image"),
        "image_description": head.said("og:image:alt", "twitter:image:alt", limit=1500),
        "width": width,
        "height": height,
        "published_at": _moment(head.meta.get("article:published_time", "")),
    }


def creator_of(head: PageHead) -> str:
    """Return the handle of the page's author (joinmastodon.org, "fediverse:creator"), without a leading @."""
    found = _HANDLE.fullmatch(head.said("fediverse:creator"))
    return found[1] if found else ""


def oembed_fields(document: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return the fields of an oEmbed document; of its HTML only the URL of an iframe."""
    kind = str(document.get("type"))
    fields: dict[str, Any] = {
        "type": kind if kind in {"photo", "video"} else "link",
        "title": _plain(document.get("title"), _MAX_TITLE_LENGTH),
        "author_name": _plain(document.get("author_name"), 200),
        "author_url": _absolute(url, document.get("author_url")),
        "provider_name": _plain(document.get("provider_name"), 200),
        "provider_url": _absolute(url, document.get("provider_url")),
        "image_url": _absolute(url, document.get("thumbnail_url")),
    }
    width, height = _size(document.get("width")), _size(document.get("height"))
    if kind == "photo":
        photo = _absolute(url, document.get("url"))
        fields |= {
            "embed_url": photo,
            "image_url": fields["image_url"] or photo,
            "width": width,
            "height": height,
        }
        if not photo:
            fields["type"] = "link"
    elif kind == "video":
        fields |= {"width": width, "height": height}
        if address := _frame(document.get("html"), url):
            fields["html"] = _player(address, width, height)
    return {name: value for name, value in fields.items() if value}


def _player_of(head: PageHead) -> tuple[str, str]:
    """Return the https address of the page's player and the prefix of its sizes; og:video may as well be a file, which is no frame."""
    if (address := head.address("twitter:player")).startswith("https://"):
        return address, "twitter:player"
    if head.said("og:video:type").lower() == "text/html":
        address = head.address("og:video:secure_url", "og:video:url", "og:video")
        if address.startswith("https://"):
            return address, "og:video"
    return "", "og:image"


def _player(address: str, width: int, height: int) -> str:
    return (
        f'<iframe src="{escape(address)}" width="{width or 480}" height="{height or 270}" allowfullscreen="true" '
        'sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox" frameborder="0"></iframe>'
    )


def _frame(html: object, url: str) -> str:
    """Return the https URL of the first iframe in a player's HTML, including a protocol-relative one."""
    tags = read_tags(html[:20_000]) if isinstance(html, str) else iter(())
    source = next((tag.attributes.get("src", "") for tag in tags if tag.name == "iframe"), "")
    address = _absolute(url, f"https:{source}" if source.startswith("//") else source)
    return address if address.startswith("https://") else ""


def _plain(value: object, limit: int) -> str:
    """Return text on one line. It is decoded already: a remaining `<b>` is what its author wrote."""
    if not isinstance(value, str):
        return ""
    return " ".join(value[: limit * 4].replace("\x00", "").encode("utf-8", "ignore").decode().split())[:limit]


def _absolute(base: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        found = urljoin(base, value.strip())
        parts = urlsplit(found)
    except ValueError:
        return ""
    is_safe = parts.scheme in {"http", "https"} and parts.hostname and len(found) <= 2048
    return found if is_safe and found.isprintable() and not set(found) & set(" <>\"'") else ""


def _size(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _moment(value: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(value.strip()[:64])
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= 1990 else None
