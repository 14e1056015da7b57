"""Sending responses: headers, bodies in one piece, and streams that stop when the client disconnects."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, suppress
from typing import Any

from django.http import HttpResponse

from core.asgi.lifespan import Receive, Send
from core.asgi.request import Request
from core.django_internals import headers_of, parts_of
from core.logs import get_logger

log = get_logger(__name__)


class StreamAborted(Exception):
    """A stream failed midway. The connection is aborted, so that the client does not mistake a partial body for a complete one."""


_NAMES: dict[str, bytes] = {}
_BODILESS = frozenset({204, 304})


def raw_headers(response: HttpResponse) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response in the server's form: lower-case names, one header per cookie."""
    raw = []
    for name, value in headers_of(response).values():
        known = _NAMES.get(name)
        if known is None:
            known = name.lower().encode("ascii")
            if len(_NAMES) < 256:
                _NAMES[name] = known
        raw.append((known, value.encode("latin-1")))
    if response.cookies:
        raw += [(b"set-cookie", c.OutputString().encode("latin-1")) for c in response.cookies.values()]
    return raw


async def send_response(request: Request, response: HttpResponse, receive: Receive, send: Send) -> None:
    """Send the response; returns once it was passed to the server, or the client disconnected."""
    status = response.status_code
    headers = response.headers
    if response.streaming:
        await send({"type": "http.response.start", "status": status, "headers": raw_headers(response)})
        if request.method == "HEAD" or status in _BODILESS:
            await send({"type": "http.response.body", "body": b""})
        else:
            try:
                await _stream(response, receive, send)
            except StreamAborted as error:
                log.info("stream.broken_off", path=request.loggable_path, reason=str(error))
                await _cut(request)
        return
    body = response.content
    if status in _BODILESS:
        body = b""
        headers.pop("Content-Length", None)
        headers.pop("Content-Type", None)
    else:
        headers["Content-Length"] = str(len(body))
    await send({"type": "http.response.start", "status": status, "headers": raw_headers(response)})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


async def _parts(content: Iterable[Any] | AsyncIterator[Any]) -> AsyncGenerator[Any]:
    if isinstance(content, AsyncIterator):
        try:
            async for part in content:
                yield part
        finally:
            if isinstance(content, AsyncGenerator):
                await content.aclose()
    else:
        for part in content:
            yield part
            await asyncio.sleep(0)


async def _stream(response: Any, receive: Receive, send: Send) -> None:
    """Send the parts as they are produced. If the client disconnects, the iterator is closed at its next await, and its `finally` runs."""
    watcher = asyncio.ensure_future(_disconnected(receive))
    sender = asyncio.current_task()
    gone = False

    def leave(_: asyncio.Future[None]) -> None:
        nonlocal gone
        if not watcher.cancelled() and sender is not None:
            gone = True
            sender.cancel()

    watcher.add_done_callback(leave)
    try:
        async with aclosing(_parts(parts_of(response))) as parts:
            async for part in parts:
                await send(
                    {"type": "http.response.body", "body": response.make_bytes(part), "more_body": True}
                )
        watcher.remove_done_callback(leave)
        await send({"type": "http.response.body", "body": b""})
    except asyncio.CancelledError:
        if not gone or sender is None or sender.uncancel() > 0:
            raise
        log.debug("stream.client_left")
    finally:
        watcher.remove_done_callback(leave)
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher


async def _cut(request: Request) -> None:
    if abort := (request.scope.get("extensions") or {}).get("takahe.abort"):
        abort()
        await asyncio.sleep(0)  # lets the server process it before this returns


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
