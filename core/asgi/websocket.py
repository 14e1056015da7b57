"""WebSockets: a table of paths, and one small object per socket."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from core.asgi.lifespan import Receive, Send
from core.asgi.request import Request
from core.db import forget_connection
from core.errors import Problem
from core.logs import get_logger

log = get_logger(__name__)

NORMAL, POLICY, INTERNAL_ERROR = 1000, 1008, 1011


class Disconnected(Exception):
    """The other side closed the socket."""


class WebSocket:
    """One socket. `request` has its headers, cookies and query like any request; `protocols` are those offered by the client.

    Every wait for the client releases the task's database connection first.
    """

    def __init__(self, scope: Any, receive: Receive, send: Send) -> None:
        self.request = Request({**scope, "method": "GET"})
        self.protocols: list[str] = list(scope.get("subprotocols", []))
        self.accepted = False
        self.closed = False
        self._receive, self._sends = receive, send

    async def _send(self, message: dict[str, Any]) -> None:
        await forget_connection()
        try:
            await self._sends(message)
        except OSError as error:  # uvicorn's ClientDisconnected
            self.closed = True
            raise Disconnected from error

    async def accept(self, protocol: str | None = None) -> None:
        """Accept the handshake. `protocol` is one of `protocols`, or None."""
        await self._send({"type": "websocket.accept", "subprotocol": protocol})
        self.accepted = True

    async def receive(self) -> str | bytes:
        """Return the next message. Raises Disconnected."""
        await forget_connection()
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self.closed = True
            raise Disconnected
        text = message.get("text")
        return text if text is not None else message["bytes"]

    async def send(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def refuse(self, status: int, sentence: str) -> None:
        """Reject the handshake with this HTTP status and a plain message (403 without one, if the server does not support it)."""
        if "websocket.http.response" not in (self.request.scope.get("extensions") or {}):
            await self.close()
            return
        self.closed = True
        body = sentence.encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        await self._send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": body})

    def forget_request(self) -> None:
        """Free the parsed parts of the request: a socket may be open for days."""
        self.request.scope["headers"] = []
        del self.request

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close, or before `accept` refuse with HTTP 403. Closing twice is fine."""
        if not self.closed:
            self.closed = True
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


Handler = Callable[..., Awaitable[None]]
WebSocketRoute = tuple[
    str, Handler
]  # a regular expression of the whole path, and `async def (socket, **groups)`


def _match(routes: list[WebSocketRoute], path: str) -> tuple[Handler | None, dict[str, str]]:
    for pattern, handler in routes:
        if found := re.fullmatch(pattern, path):
            return handler, found.groupdict()
    return None, {}


async def serve_websocket(routes: list[WebSocketRoute], scope: Any, receive: Receive, send: Send) -> None:
    """Run the handler of the first matching route, and close the socket when it returns or raises."""
    socket = WebSocket(scope, receive, send)
    await receive()  # websocket.connect
    handler, groups = _match(routes, scope["path"])
    if handler is None:
        await socket.close()
        return
    code, reason = NORMAL, ""
    try:
        await handler(socket, **groups)
    except Disconnected:
        return  # the client disconnected: there is nothing to close
    except Problem as problem:
        log.info("websocket.refused", path=scope["path"], status=int(problem.status), detail=problem.detail)
        code, reason = POLICY, problem.sentence
    except Exception as error:
        log.failure("websocket.failed", error, path=scope["path"])
        code = INTERNAL_ERROR
    await socket.close(code, reason[:120])
