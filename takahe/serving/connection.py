"""One HTTP connection with the limits that uvicorn's httptools protocol lacks: the head's size, and the time it may take."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from takahe.serving.connection_limits import ConnectionLimits

HEAD_BYTES = 64 * 1024  # Mastodon and its proxies allow 8 to 32 KB
HEAD_TIMEOUT_S = 15.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n"
)
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """Ends the connection when a request's head is over HEAD_BYTES or not whole within HEAD_TIMEOUT_S (a slow loris).

    Between requests uvicorn's own keep-alive time applies. Bodies are limited by core/middleware/body.py. `limits`, set once by
    the web command, says how many connections there may be.
    """

    limits: ConnectionLimits | None = None
    _in_head = True
    _head_bytes = 0
    _has_message_ended = False
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.limits is not None and not self.limits.admit(transport):
            self._refuse(_TOO_MANY)
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._in_head and self._head_timer is None:
            self._await_head()
        self._has_message_ended = False
        super().data_received(data)
        is_in_body = not self._in_head and self.transport.get_protocol() is self
        if is_in_body and not self.pipeline and self.limits is not None:
            self.limits.take_in(self.transport)
        # After the end of a body these bytes are not (only) of a head; one read is 256 KB at most, so the bound holds all the same.
        if not self._in_head or self._has_message_ended or self.transport.get_protocol() is not self:
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES:
            self._refuse(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._forget_timer()
        if self.limits is not None:
            self.limits.work(self.transport)
        # ends a stream whose reader does not read, without waiting for it
        self.scope["extensions"] = {"takahe.abort": self.transport.abort}  # type: ignore[dict-item]
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self.limits is not None and self.cycle is not None:
            is_answered = self.cycle.response_complete  # before its end, as a 413 is
            (self.limits.rest if is_answered else self.limits.work)(self.transport)
        self._in_head, self._head_bytes, self._has_message_ended = True, 0, True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.limits is not None and not self.pipeline:
            self.limits.rest(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        if self.limits is not None:
            self.limits.leave(self.transport)
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._refuse, _TOO_SLOW)

    def _forget_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
