"""Following redirects, and the headers that may be sent along."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache

from core.http.errors import BadRedirect, BadUrl
from core.http.url import Url, join, parse_url

Sign = Callable[[str, str, Mapping[str, str], bytes], Awaitable[Mapping[str, str]]]
"""`await sign(method, url, headers, body)` → headers to add. Called for every hop, because a signature covers the URL."""

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRIVATE_HEADERS = frozenset(
    ("authorization", "cookie", "signature", "signature-input")
)  # sent to the first host only


class RedirectChain:
    """The redirects followed so far. `url` is the URL of the next request."""

    __slots__ = ("_allow_http", "_first", "_redirects", "_seen", "url")

    def __init__(self, allow_http: bool, text: str, redirects: int) -> None:
        """Start at the URL `text`. Raises BadUrl if it is not permitted."""
        self.url = self._first = parse_url(text, allow_http=allow_http)
        self._allow_http = allow_http
        self._redirects = redirects
        self._seen = {self.url.text}

    async def headers(self, wanted: Mapping[str, str], sign: Sign | None) -> dict[str, str]:
        """Return the headers for the next request, signed. Raises BadUrl for invalid ones."""
        if self.url.authority != self._first.authority:
            wanted = {name: value for name, value in wanted.items() if name.lower() not in _PRIVATE_HEADERS}
        signed = await sign("GET", self.url.text, wanted, b"") if sign is not None else {}
        return wire_headers({**wanted, **signed})

    def follow(self, status: int, location: str) -> bool:
        """Follow the response if it is a redirect, and return whether it was. Raises BadRedirect."""
        if status not in _REDIRECTS or not location or self._redirects == 0:
            return False
        self.url = self._next(location)
        if self.url.text in self._seen:
            raise BadRedirect(code="redirect_in_circle", detail=self.url.text)
        if len(self._seen) > self._redirects:
            raise BadRedirect(code="too_many_redirects", detail=self.url.text)
        self._seen.add(self.url.text)
        return True

    def _next(self, location: str) -> Url:
        try:
            following = parse_url(join(self.url, location), allow_http=self._allow_http)
        except BadUrl as error:
            raise BadRedirect(code="redirect_to_unused", detail=error.detail) from error
        if self.url.scheme == "https" and following.scheme == "http":
            raise BadRedirect(code="redirect_to_http", detail=following.text)
        return following


def wire_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with lower-case names. Raises BadUrl for invalid characters."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            raise BadUrl(code="request_not_sendable", detail=f"{name[:100]!r}: {value[:200]!r}")
    return {_header_name(name): value for name, value in headers.items()}


@lru_cache(maxsize=256)
def _header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise BadUrl(code="request_not_sendable", detail=f"{name[:100]!r}")
    return name.lower()
