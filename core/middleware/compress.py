"""Gzip for machine-readable text, and for pages that are the same for every visitor.

Pages for one reader are not compressed: they contain secrets together with reflected input (BREACH).
"""

import gzip

from django.http import HttpResponse

from core.asgi.application import Next
from core.asgi.request import Request

MIN_BYTES = 1000
MAX_BYTES = 1024 * 1024  # a megabyte takes 8 ms at level 1; more would block the loop
_TYPES = (
    "application/json",
    "application/activity+json",
    "application/ld+json",
    "application/jrd+json",
    "application/rss+xml",
    "application/atom+xml",
    "application/xml",
    "application/manifest+json",
    "text/css",
)


def _is_for_everyone(response: HttpResponse) -> bool:
    """Return whether shared caches may store this page: it has no cookie, token or personal data."""
    return (
        response.headers.get("Content-Type", "").startswith("text/html")
        and response.headers.get("Cache-Control", "").startswith("public")
        and not response.cookies
    )


async def compress(request: Request, call: Next) -> HttpResponse:
    """Gzip such text over a kilobyte for clients that accept it."""
    response = await call(request)
    if response.streaming or "gzip" not in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        return response
    content = response.content
    if not MIN_BYTES <= len(content) <= MAX_BYTES or response.has_header("Content-Encoding"):
        return response
    if response.headers.get("Content-Type", "").startswith(_TYPES) or _is_for_everyone(response):
        response.content = gzip.compress(content, compresslevel=1, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        vary = response.headers.get("Vary")
        response.headers["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    return response
