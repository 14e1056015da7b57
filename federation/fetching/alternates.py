"""The ActivityPub URL of an HTML page, from its Link header or a `<link rel="alternate">`."""

import re
from html import unescape
from urllib.parse import urldefrag, urljoin

from core.http import Response
from federation.negotiation import is_activitypub

_MAX_READ = 300_000  # bytes; these elements are in the head
# every repetition is bounded or ends at a character that it can't match: linear in the length of the page
_LINK_VALUE = re.compile(r"<([^<>]{1,2048})>([^<]{0,1000})")
_LINK_ELEMENT = re.compile(r"<link\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(rel|type|href)\s{0,5}=\s{0,5}(\"[^\"]*\"|'[^']*'|[^\s\"'>;]{1,2000})", re.IGNORECASE
)


def alternate_of(response: Response) -> str:
    """Return the URL, or "". It is unverified: its document is trusted for its own host only."""
    links = [(part[1], part[2]) for part in _LINK_VALUE.finditer(response.header("link")[:8192])]
    found = next((href for href, rest in links if _is_ours(_attributes(rest))), "")
    if not found and response.header("content-type").partition(";")[0].strip().lower() == "text/html":
        page = response.body[:_MAX_READ].decode("utf-8", "replace")
        elements = (_attributes(part[1]) for part in _LINK_ELEMENT.finditer(page))
        found = next((one["href"] for one in elements if one.get("href") and _is_ours(one)), "")
    try:
        address = urldefrag(urljoin(response.url, found)).url if found else ""
    except ValueError:
        return ""
    return address if address.startswith(("https://", "http://")) and len(address) <= 2048 else ""


def _attributes(text: str) -> dict[str, str]:
    return {
        match[1].lower(): unescape(match[2].strip("\"'"))
        for match in reversed(list(_ATTRIBUTE.finditer(text)))
    }


def _is_ours(attributes: dict[str, str]) -> bool:
    return "alternate" in attributes.get("rel", "").lower().split() and is_activitypub(
        attributes.get("type", "")
    )
