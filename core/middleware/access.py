"""Request ids and the access log: the two outermost links of the chain."""

import secrets
import time
from http import HTTPStatus
from itertools import count

from django.http import HttpResponse

from core.asgi.application import Next
from core.asgi.request import Request
from core.diagnostics import metrics
from core.logs import Fixed, get_logger, identity, request_id
from core.server_state import PerServer

log = get_logger("access")

_prefix = PerServer(lambda: secrets.token_hex(4))
_count = PerServer(lambda: count(secrets.randbelow(1 << 31)))


def new_request_id() -> str:
    """Return 16 unique hexadecimal digits.

    A random start per process and a counter: secrets.token_hex per request would cost 1 µs more.
    """
    return f"{_prefix()}{next(_count()) & 0xFFFFFFFF:08x}"


async def request_ids(request: Request, call: Next) -> HttpResponse:
    """Give the request an id, which its response and all its log lines contain. External ids are ignored."""
    request.request_id = new_request_id()
    request_id.set(request.request_id)
    identity.set("")
    response = await call(request)
    response.headers["X-Request-Id"] = request.request_id
    return response


async def access_log(request: Request, call: Next) -> HttpResponse:
    """Log one line per request, without its query and the secrets in its path. `ms` is the time until the response begins."""
    response = await call(request)
    log_request(
        method=request.method,
        path=request.loggable_path,
        route=request.route or metrics.NO_ROUTE,
        status=response.status_code,
        seconds=time.perf_counter() - request.started,
        size=-1 if response.streaming else len(response.content),
        client=request.client_address,
        host=request.META.get("HTTP_HOST", ""),
        agent=request.META.get("HTTP_USER_AGENT", ""),
    )
    return response


def log_request(
    *,
    method: str,
    path: str,
    route: str,
    status: int,
    seconds: float,
    size: int,
    client: str,
    host: str,
    agent: str,
) -> None:
    """Log an answered request, and count it. `route` is a pattern, not a path."""
    metrics.requests().count(method, route, status, seconds)
    log.info(
        "request",
        method=method,
        path=path,
        status=status,
        ms=_ms(seconds),
        bytes=size,
        client=client,
        host=host,
        agent=agent,
    )


def file_fields(path: str) -> Fixed:
    """Return the leading fields of the log lines for GETs of a whole file."""
    return Fixed(method="GET", path=path, status=HTTPStatus.OK.value)


def asker_fields(*, client: str, host: str, agent: str) -> Fixed:
    """Return the log fields that describe the client of a request."""
    return Fixed(client=client, host=host, agent=agent)


def log_file(file: Fixed, *, seconds: float, size: int, asker: Fixed, request: str) -> None:
    """Log and count a file that was sent without a request object, as `log_request` does."""
    metrics.requests().count("GET", metrics.FILES, HTTPStatus.OK.value, seconds)
    log.info_of("request", file, {"ms": _ms(seconds), "bytes": size}, asker, {"request": request})


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
