"""Conditional responses: a client that already has the same content gets a 304 (RFC 9110, 13)."""

import datetime as dt
import hashlib
from http import HTTPStatus

from django.http import HttpResponse
from django.utils.http import http_date, parse_http_date_safe

from core.asgi.request import Request

_KEPT = ("Cache-Control", "Vary")


def conditional(
    request: Request, response: HttpResponse, modified_at: dt.datetime | None = None
) -> HttpResponse:
    """Return the response with ETag and Last-Modified, or 304 without body if the client has the same content.

    The ETag is weak, because the body may be compressed later.
    """
    tag = f'W/"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    response.headers["ETag"] = tag
    if modified_at is not None:
        response.headers["Last-Modified"] = http_date(modified_at.timestamp())
    if response.status_code != HTTPStatus.OK or request.method not in {"GET", "HEAD"}:
        return response
    known = request.META.get("HTTP_IF_NONE_MATCH")
    if known is not None:
        is_same = known.strip() == "*" or tag in known
    else:
        since = parse_http_date_safe(request.META.get("HTTP_IF_MODIFIED_SINCE", ""))
        is_same = modified_at is not None and since is not None and int(modified_at.timestamp()) <= since
    if not is_same:
        return response
    unchanged = HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    del unchanged.headers["Content-Type"]
    for name in _KEPT:
        if name in response.headers:
            unchanged.headers[name] = response.headers[name]
    return unchanged
