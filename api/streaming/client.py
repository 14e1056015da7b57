"""A connected client: its subscriptions, its queue of messages, and disconnection when it does not read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from api.streaming.message import HEARTBEAT, Message
from api.streaming.streams import Stream
from core.asgi import WebSocket
from core.asgi.websocket import POLICY
from core.logs import get_logger
from users.domains.models import Domain

log = get_logger(__name__)

MAX_QUEUED = 500  # the maximum backlog of a client, in messages
MAX_QUEUED_BYTES = 1024 * 1024

type Abort = Callable[[], object]


class Client:
    """A connected client. While idle, it costs this object, its connection and one task, and no database connection."""

    __slots__ = (
        "__weakref__",
        "_pending",
        "_size",
        "_stuck",
        "_taken",
        "abort",
        "address",
        "domain",
        "hears_notifications",
        "identity_id",
        "is_closed",
        "scopes",
        "session_id",
        "streams",
        "token_id",
    )

    def __init__(
        self,
        *,
        identity_id: int,
        token_id: int,
        scopes: str,
        domain: Domain,
        address: str,
        hears_notifications: bool,
        abort: Abort | None,
        session_id: int = 0,
    ) -> None:
        self.identity_id = identity_id
        self.session_id = session_id  # of one of our pages, which has no token
        self.token_id = token_id
        self.scopes = scopes
        self.domain = domain
        self.address = address
        self.hears_notifications = hears_notifications
        self.abort = abort
        self.streams: tuple[Stream, ...] = ()
        self.is_closed = False
        self._pending: list[bytes | str] = []
        self._size = 0
        self._taken = 0
        self._stuck = -1

    def offer(self, message: Message, stream: Stream) -> None:
        """Queue a message, or disconnect a client that is too far behind."""
        raise NotImplementedError

    def beat(self) -> None:
        """Send a heartbeat, and disconnect a client that read nothing since the last one. Called every few seconds."""
        if self._pending and self._stuck == self._taken:
            self.cut("stalled")
        else:
            self._stuck = self._taken if self._pending else -1

    def end(self, reason: str) -> None:
        """Close the stream after the queued messages."""
        raise NotImplementedError

    def cut(self, reason: str) -> None:
        """Disconnect immediately. A client that does not read would not receive a close either."""
        if not self.is_closed:
            log.info("streaming.cut", identity=self.identity_id, reason=reason, waiting=len(self._pending))
            self._pending.clear()
            self.end(reason)
            if self.abort is not None:
                self.abort()

    def _add(self, item: bytes | str) -> bool:
        if self.is_closed:
            return False
        if len(self._pending) >= MAX_QUEUED or self._size > MAX_QUEUED_BYTES:
            self.cut("too slow")
            return False
        self._pending.append(item)
        self._size += len(item)
        return True

    def _take(self) -> list[bytes | str]:
        taken, self._pending, self._size = self._pending, [], 0
        self._taken += 1
        return taken


class EventClient(Client):
    """Server-sent events: an iterator of bytes for a streaming response."""

    __slots__ = ("_wake",)

    _wake: asyncio.Future[None] | None

    def offer(self, message: Message, stream: Stream) -> None:
        if self._add(message.lines()):
            self._rouse()

    def beat(self) -> None:
        Client.beat(self)
        if self._add(HEARTBEAT):
            self._rouse()

    def end(self, reason: str) -> None:
        self.is_closed = True
        self._rouse()

    def _rouse(self) -> None:
        wake = getattr(self, "_wake", None)
        if wake is not None and not wake.done():
            wake.set_result(None)

    async def lines(self, begin: Callable[[], None], leave: Callable[[Client], None]) -> AsyncIterator[bytes]:
        """Yield all queued messages, until the client disconnects or the stream is ended.

        Calls `begin()` once the response's head is sent, and `leave(self)` at the end.
        """
        try:
            begin()
            yield b":)\n"
            loop = asyncio.get_running_loop()
            while not self.is_closed:
                if not self._pending:
                    self._wake = loop.create_future()
                    await self._wake
                    self._wake = None
                if self._pending:
                    yield b"".join(self._take())  # type: ignore[arg-type]
        finally:
            self.is_closed = True
            leave(self)


class SocketClient(Client):
    """A WebSocket client. A sending task exists only while there is something to send."""

    __slots__ = ("_pump", "_socket")

    def __init__(self, socket: WebSocket, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self._socket = socket
        self._pump: asyncio.Task[None] | None = None

    def offer(self, message: Message, stream: Stream) -> None:
        self.say(message.frame(stream.label))

    def say(self, text: str) -> None:
        if self._add(text) and self._pump is None:
            self._start(self._send_all())

    def end(self, reason: str) -> None:
        self.is_closed = True
        if self._pump is not None:
            self._pump.cancel()
        self._start(self._close(reason))

    def stop(self) -> None:
        """Stop the socket's own task with all that it started."""
        self.is_closed = True
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None

    def _start(self, work: Awaitable[None]) -> None:
        self._pump = asyncio.ensure_future(work)

    async def _send_all(self) -> None:
        try:
            while self._pending:
                for item in self._take():
                    await self._socket.send(item)  # type: ignore[arg-type]
        except OSError:  # it disconnected; its own task notices, too
            self._pending.clear()
        finally:
            if self._pump is asyncio.current_task():
                self._pump = None

    async def _close(self, reason: str) -> None:
        with suppress(OSError):  # it disconnected first
            await self._socket.close(POLICY, reason)
