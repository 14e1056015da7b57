"""One HTTP connection with the limits that uvicorn's httptools protocol lacks: the size of the request head, and its timeout."""

import asyncio
import os
from typing import Any, Self

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from core.middleware.file_cache import Answer, Asker, FileCache
from takahe.serving.connection_limits import ConnectionLimits

HEAD_BYTES = 64 * 1024  # Mastodon and its proxies allow 8 to 32 KB
HEAD_TIMEOUT_S = 15.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n"
)
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """Ends the connection if a request's head exceeds HEAD_BYTES or is not complete within HEAD_TIMEOUT_S (a slow loris).

    Between requests uvicorn's own keep-alive time applies. Bodies are limited by core/middleware/body.py. `limits` limits the
    number of connections, `kept_files` has the files that are answered here: `of` makes a class with those of one server.
    """

    limits: ConnectionLimits | None = None
    kept_files: FileCache | None = None
    _in_head = True
    _head_bytes = 0
    _has_message_ended = False
    _head_timer: asyncio.TimerHandle | None = None
    _kept_file: Answer | None = None
    _asker: Asker | None = None
    _is_between = False  # two requests: no byte of the next one was parsed
    _read: bytes | None = None  # what was read, if it begins with a request
    _descriptor: int | None = None  # the socket's, after the first direct write
    _answered_at = 0.0  # without the keep-alive timer being set anew

    @classmethod
    def of(cls, *, kept_files: FileCache, limits: ConnectionLimits | None = None) -> type[Self]:
        """Return the class of the connections of one server."""
        return type(cls.__name__, (cls,), {"limits": limits, "kept_files": kept_files})

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.limits is not None and not self.limits.admit(transport):
            self._refuse(_TOO_MANY)
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._answer_repeated(data):
            return
        self._has_message_ended = False
        self._read = data if self._is_between else None
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
        elif self._head_timer is None:
            self._await_head()

    def on_message_begin(self) -> None:
        self._is_between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._forget_timer()
        if self.limits is not None:
            self.limits.work(self.transport)
        self._kept_file = self._find_kept_file()
        if self._kept_file is not None:
            return
        # ends a stream whose reader does not read, without waiting for it
        self.scope["extensions"] = {"takahe.abort": self.transport.abort}  # type: ignore[dict-item]
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self._kept_file is not None:
            self._send_kept_file(*self._kept_file)
            self._kept_file = self._asker = None
        else:
            super().on_message_complete()
            if self.limits is not None and self.cycle is not None:
                is_answered = self.cycle.response_complete  # before its end, as a 413 is
                (self.limits.rest if is_answered else self.limits.work)(self.transport)
        self._in_head, self._head_bytes, self._has_message_ended = True, 0, True
        self._is_between = True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.limits is not None and not self.pipeline:
            self.limits.rest(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        if self.limits is not None:
            self.limits.leave(self.transport)
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        rest_s = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if rest_s > 0:
            self.timeout_keep_alive_task = self.loop.call_later(rest_s, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def _answer_repeated(self, data: bytes) -> bool:
        """Answer a request that differs from an earlier one only in its path, before it is parsed. The parser then never sees it."""
        rests = self._is_between and self.timeout_keep_alive_task is not None and not self.flow.write_paused
        if self.kept_files is None or not rests:
            return False
        peer = self.client[0] if self.client else ""
        answer = self.kept_files.answer_repeated(data, peer=peer, is_tls=self.scheme == "https")
        if answer is None:
            return False
        self._write_kept_file(*answer, b"\r\n")
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self.limits is not None:
            self.limits.work(self.transport)
            self.limits.rest(self.transport)
        return True

    def _find_kept_file(self) -> Answer | None:
        """Return the headers and body of a file that needs no task, unless an earlier response is not yet sent."""
        kept = self.kept_files
        if kept is None or not self.url.startswith(kept.prefix) or self.parser.get_method() != b"GET":
            return None
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if is_busy or self.flow.write_paused or self.transport.is_closing():
            return None
        peer = self.client[0] if self.client else ""
        self._asker = kept.asker(self.headers, peer=peer, is_tls=self.scheme == "https")
        return None if self._asker is None else kept.answer(self.url, self._asker)

    def _send_kept_file(self, headers: bytes, body: bytes) -> None:
        if self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive():
            self._write_kept_file(headers, body, b"\r\n")
            if self._read is not None and self._asker is not None and self.kept_files is not None:
                peer, is_tls = self.client[0] if self.client else "", self.scheme == "https"
                self.kept_files.remember_asker(self._read, self.url, self._asker, peer=peer, is_tls=is_tls)
        else:
            self._write_kept_file(headers, body, b"connection: close\r\n\r\n")
            self.transport.close()
        self.on_response_complete()

    def _write_kept_file(self, headers: bytes, body: bytes, end: bytes) -> None:
        default = b"".join([b"%b: %b\r\n" % header for header in self.server_state.default_headers])
        head = b"".join((STATUS_LINE[200], default, headers, end))
        sent = self._write_at_once(head, body)
        if sent < len(head):
            self.transport.writelines((head[sent:], body))
        elif sent < len(head) + len(body):
            self.transport.write(memoryview(body)[sent - len(head) :])

    def _write_at_once(self, head: bytes, body: bytes) -> int:
        """Write to the socket directly and return the number of bytes written. This takes a tenth less CPU than the transport.

        Return 0 to leave it to the transport: when earlier data waits, on TLS connections, and after errors.
        """
        transport = self.transport
        if self.scheme != "http" or transport.get_write_buffer_size() or transport.is_closing():
            return 0
        if self._descriptor is None:
            self._descriptor = transport.get_extra_info("socket").fileno()
        try:
            return os.writev(self._descriptor, (head, body))
        except OSError:  # the buffer is full or the peer has closed: the transport handles both
            return 0

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
