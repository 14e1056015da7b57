"""What an HTML page and its oEmbed document say for a preview: OpenGraph, Twitter's and plain meta tags, JSON. Pure; nothing is believed.

Sources: ogp.me, oembed.com. Text comes out without markup and cut to size; a frame only as an https address.
"""

import datetime as dt
import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from core.html import to_text
from core.languages import known_language

MOST_HTML = 500_000
_LONGEST_TITLE = 500
_LONGEST_DESCRIPTION = 1000
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]{2,30})", re.IGNORECASE)
_FRAME = re.compile(r"<iframe\s[^>]*?src=[\"'](https://[^\"'<>\s]{4,2000})[\"']", re.IGNORECASE)
_OEMBED_TYPES = {"application/json+oembed", "text/json+oembed"}


class PageHead(HTMLParser):
    """Reads meta tags, the title, the language and the oEmbed link of a page; stops caring at the body."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.meta: dict[str, str] = {}
        self.title = ""
        self.language = ""
        self.oembed_url = ""
        self.canonical = ""
        self._in_title = False
        self._over = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "body":
            self._over = True
        elif self._over:
            return
        elif tag == "meta":
            name = (given.get("property") or given.get("name") or given.get("itemprop") or "").lower()
            if name and given.get("content"):
                self.meta.setdefault(name, given["content"])
        elif tag == "title" and not self.title:
            self._in_title = True
        elif tag == "link" and given.get("type", "").lower() in _OEMBED_TYPES and not self.oembed_url:
            self.oembed_url = _absolute(self.url, given.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "head":
            self._over = True

    def handle_data(self, data: str) -> None:
        if self._in_title and len(self.title) < _LONGEST_TITLE:
            self.title += data

    def said(self, *names: str, limit: int = _LONGEST_TITLE) -> str:
        """The first of these meta tags that says something, as plain text."""
        return next((plain for name in names if (plain := _plain(self.meta.get(name, ""), limit))), "")

    def address(self, *names: str) -> str:
        return next((found for name in names if (found := _absolute(self.url, self.meta.get(name, "")))), "")


def decode_page(body: bytes, content_type: str) -> str:
    """The text of a page, by the charset that its header or its first bytes name."""
    declared = _CHARSET.search(content_type.encode()) or _CHARSET.search(body[:2048])
    charset = declared[1].decode().lower() if declared else "utf-8"
    try:
        return body[:MOST_HTML].decode(charset, "replace")
    except LookupError:
        return body[:MOST_HTML].decode("utf-8", "replace")


def read_head(html: str, url: str) -> PageHead:
    head = PageHead(url)
    end = html.lower().find("</head")
    head.feed(html[: end if end > 0 else 100_000])
    return head


def page_fields(head: PageHead) -> dict[str, Any]:
    """The fields of a card from the page alone."""
    language = head.said("og:locale", limit=35) or head.language
    return {
        "title": head.said("og:title", "twitter:title") or _plain(head.title, _LONGEST_TITLE),
        "description": head.said(
            "og:description", "twitter:description", "description", limit=_LONGEST_DESCRIPTION
        ),
        "language": known_language(language) or "",
        "provider_name": head.said("og:site_name", limit=200),
        "author_name": head.said("author", "article:author:name", limit=200),
        "image_url": head.address("og:image:secure_url", "og:image", "twitter:image"),
        "image_description": head.said("og:image:alt", "twitter:image:alt", limit=1500),
        "width": _size(head.meta.get("og:image:width")),
        "height": _size(head.meta.get("og:image:height")),
        "published_at": _moment(head.meta.get("article:published_time", "")),
    }


def oembed_fields(document: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The fields that an oEmbed document adds; of its HTML only the address of a frame is taken."""
    kind = str(document.get("type"))
    fields: dict[str, Any] = {
        "type": kind if kind in {"photo", "video"} else "link",
        "title": _plain(document.get("title"), _LONGEST_TITLE),
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
        frame = _FRAME.search(str(document.get("html", ""))[:20_000])
        if frame is None:
            fields["type"] = "link"
        else:
            address = escape(frame[1])
            fields |= {"width": width, "height": height}
            fields["html"] = (
                f'<iframe src="{address}" width="{width or 480}" height="{height or 270}" allowfullscreen="true" '
                'sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox" frameborder="0"></iframe>'
            )
    return {name: value for name, value in fields.items() if value}


def _plain(value: object, limit: int) -> str:
    if not isinstance(value, str):
        return ""
    text = to_text(value[: limit * 4]) if "<" in value else value[: limit * 4]
    return " ".join(text.replace("\x00", "").encode("utf-8", "ignore").decode().split())[:limit]


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
