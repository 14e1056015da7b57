"""Reading request bodies on the loop, within limits of size and time."""

import asyncio
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import Any

from core.asgi.lifespan import Receive
from core.asgi.multipart import MEMORY_BYTES, MultipartParser
from core.asgi.request import Request
from core.config import config
from core.connections import release_connection
from core.errors import BadInput, Problem, TooLarge

DEFAULT_LIMIT = 2 * 1024 * 1024
CHUNK_TIMEOUT_S = 20.0  # between two chunks
MIN_BYTES_PER_S = 1000  # on average, after the first 20 seconds, against slow senders


BodyLimit = Callable[[Request], int]


class ClientDisconnected(Problem):
    """The client disconnected before its body was complete, so no response can be delivered."""

    status = 400


class TooSlow(Problem):
    status = 408


class _Memory:
    """Collects a body, in memory up to a megabyte and in a temporary file beyond."""

    has_ticket = False

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115

    def feed(self, data: bytes) -> None:
        self._file.write(data)

    def finish(self, request: Request) -> None:
        self._file.seek(0)
        request.hold_body(self._file)

    def discard(self) -> None:
        self._file.close()


class _Form:
    """Parses a multipart form while it is received."""

    def __init__(self, request: Request) -> None:
        self._ticket = _ticket(request)
        self._parser = MultipartParser(_boundary(request), discards_files=bool(self._ticket))

    def feed(self, data: bytes) -> None:
        self._parser.feed(data)

    @property
    def has_ticket(self) -> bool:
        return self._ticket in self._parser.order

    def finish(self, request: Request) -> None:
        fields, files = self._parser.finish()
        request.hold_form(fields, files, self._parser.order, has_dropped=self._parser.has_dropped)

    def discard(self) -> None:
        self._parser.discard()


def _boundary(request: Request) -> str:
    return str((request.content_params or {}).get("boundary", ""))


def _ticket(request: Request) -> str:
    """Return the field that allows a form to exceed the view's limit, because its files are dropped; "" if there is none."""
    field_of = getattr(request.view, "discards_files", None)
    return field_of(request) if field_of and request.content_type == "multipart/form-data" else ""


def max_body_bytes(request: Request) -> int:
    """Return the largest body accepted by the request's view, in bytes."""
    limit: int | BodyLimit = getattr(request.view, "body_limit", DEFAULT_LIMIT)
    wanted = limit if isinstance(limit, int) else limit(request)
    return min(wanted, config().max_body_mb * 1024 * 1024)


async def read_body(request: Request) -> None:
    """Read the body into memory or a file, or parse it as a form. Raises TooLarge, TooSlow, BadInput, ClientDisconnected.

    Releases the task's database connection first, because the sender decides how long this takes.
    """
    meta: dict[str, Any] = request.META
    if "CONTENT_LENGTH" not in meta and "HTTP_TRANSFER_ENCODING" not in meta:
        return  # RFC 9112 section 6.3: then there is none
    limit = max_body_bytes(request)
    most = config().max_body_mb * 1024 * 1024 if _ticket(request) else limit
    declared = meta.get("CONTENT_LENGTH", "")
    if declared:
        if not declared.isascii() or not declared.isdigit():
            raise BadInput(code="unreadable_length", status=400)
        if int(declared) > most:
            raise TooLarge(code="request_too_large", detail=f"{declared} bytes, limit {most}")
        if int(declared) == 0:
            return
    sink = _Form(request) if request.content_type == "multipart/form-data" else _Memory()
    await release_connection()
    try:
        await _receive(request.receive, sink, limit, most)
        sink.finish(request)
    except BaseException:
        sink.discard()
        raise


async def _receive(receive: Receive, sink: _Memory | _Form, limit: int, most: int) -> None:
    loop = asyncio.get_running_loop()
    started, size = loop.time(), 0
    while True:
        try:
            async with asyncio.timeout(CHUNK_TIMEOUT_S):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow(code="request_too_slow", detail=f"{size} bytes, then nothing") from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnected(code="request_ended_early", detail=f"after {size} bytes")
        data = message.get("body", b"")
        size += len(data)
        if size > (most if sink.has_ticket else limit):
            raise TooLarge(code="request_too_large", detail=f"over {limit} bytes")
        if data:
            sink.feed(data)
        if not message.get("more_body", False):
            return
        spent = loop.time() - started
        if spent > CHUNK_TIMEOUT_S and size < MIN_BYTES_PER_S * spent:
            raise TooSlow(code="request_too_slow", detail=f"{size} bytes in {spent:.0f} s")
