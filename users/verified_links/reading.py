"""The links back to a profile in a page or its Link header: `rel="me"` (microformats.org/wiki/rel-me). Pure; nothing is trusted."""

import re
from urllib.parse import urljoin, urlsplit

from core.hosts.names import host_and_port
from core.texts.html_tags import read_tags

_MAX_LINKS = 200
# every repetition is bounded or ends at a character that it can't match: linear in the length of the header
_LINK_VALUE = re.compile(r"<([^<>]{1,2048})>([^<]{0,1000})")
_REL = re.compile(r";\s{0,5}rel\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|([^\s\",;]{1,200}))", re.IGNORECASE)
_PORTS = {"https": 443, "http": 80}


def links_in_header(header: str, url: str) -> list[str]:
    """Return the absolute URLs of a Link header with the relation `me`."""
    found = []
    for value in _LINK_VALUE.finditer(header[:8192]):
        rel = _REL.search(value[2])
        if rel and _is_me(rel[1] or rel[2] or ""):
            found.append(_absolute(url, value[1]))
    return [one for one in found if one]


def links_in_page(body: bytes, url: str) -> list[str]:
    """Return the absolute URLs of the `a` and `link` elements with the relation `me`. The text around them may be in any encoding."""
    found = []
    for tag in read_tags(body.decode("utf-8", "replace")):
        if tag.name in ("a", "link") and _is_me(tag.attributes.get("rel", "")):
            if address := _absolute(url, tag.attributes.get("href", "")):
                found.append(address)
            if len(found) >= _MAX_LINKS:
                break
    return found


def same_address(one: str, other: str, *, any_case: bool) -> bool:
    """Return whether two URLs are the same page, by scheme, host, port, path (with `any_case` in any case) and query.

    A final slash and the fragment make no difference.
    """
    return _normal(one, any_case=any_case) == _normal(other, any_case=any_case) is not None


def site_of(url: str) -> tuple[str, int | None]:
    """Return host and port, without `www.`. Raises ValueError."""
    host, port = host_and_port(urlsplit(url))
    return host.removeprefix("www."), port


def _normal(url: str, *, any_case: bool) -> tuple[str, str, int, str, str] | None:
    try:
        parts = urlsplit(url)
        host, port = host_and_port(parts)
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    path = parts.path.rstrip("/")
    return scheme, host, port or _PORTS.get(scheme, 0), path.lower() if any_case else path, parts.query


def _is_me(rel: str) -> bool:
    return "me" in rel.lower().split()


def _absolute(base: str, href: str) -> str:
    try:
        address = urljoin(base, href.strip()) if href else ""
    except ValueError:
        return ""
    return address if address.startswith(("https://", "http://")) and len(address) <= 2048 else ""
