"""Cross-origin access for browser clients: any origin may call the API and the discovery documents, without cookies."""

import re
from typing import Any

from django.http import HttpResponse

from core.asgi import Next, Request

PREFIXES = (
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/oauth/jwks",
    "/.well-known/",
    "/nodeinfo",
)

_EXPOSED = (
    "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, Retry-After, ETag,"
    " Mastodon-Async-Refresh"
)
_HEADERS = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z, \t-]{1,4096}")  # header names (RFC 9110), and commas
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Max-Age": "86400",
}


async def cors_middleware(request: Request, next_: Next) -> HttpResponse:
    """Answer preflight requests, and add the headers to every response under PREFIXES, including errors."""
    if not request.path.startswith(PREFIXES):
        return await next_(request)
    preflight = request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META
    response: Any = HttpResponse(status=204) if preflight else await next_(request)
    if preflight:
        for name, value in _PREFLIGHT.items():
            response.headers[name] = value
        # any header, as in Mastodon; listed explicitly, because `*` does not cover Authorization
        asked = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        if _HEADERS.fullmatch(asked):
            response.headers["Access-Control-Allow-Headers"] = asked
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    return response
