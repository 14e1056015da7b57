"""Clients that stream over real sockets from a real uvicorn with our connection classes, in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import uvicorn
import websockets

from tests.core.asgi_app import running
from tests.support.waiting import wait_until

HOST = "testserver"


@asynccontextmanager
async def web_server(**options: Any) -> AsyncIterator[int]:
    """Serve the application on a port of 127.0.0.1. `options` are uvicorn's, such as certificates."""
    from takahe.asgi import application, kept_files
    from takahe.serving.connection import Connection
    from takahe.serving.websocket_connection import SocketConnection

    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        http=Connection.of(kept_files=kept_files),
        ws=SocketConnection,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        lifespan="off",
        **options,
    )
    async with running(config) as port:
        yield port


class Events:
    """A reader of server-sent events; `events` is what it received, as (event, payload)."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.thumps = 0
        self.is_open = True

    def take(self, line: str) -> None:
        if line == ":thump":
            self.thumps += 1
        elif line.startswith("event: "):
            self.event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            self.events.append((self.event, payload_of(line.removeprefix("data: "))))

    async def wait(self, event: str, text: str = "") -> Any:
        """Return the payload of the first event of this kind whose payload contains `text`."""

        def found() -> Any:
            return next(
                ((name, payload) for name, payload in self.events if name == event and text in str(payload)),
                None,
            )

        return (await wait_until(found, 10, f"{event} {text} in {str(self.events)[:2000]}"))[1]

    def has(self, text: str) -> bool:
        return any(text in str(payload) for _, payload in self.events)


def payload_of(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


@asynccontextmanager
async def event_stream(
    port: int, path: str, token: str, host: str = HOST, **params: Any
) -> AsyncIterator[Events]:
    """Connect, and yield a reader."""
    events = Events()
    headers = {"Authorization": f"Bearer {token}", "Host": host} if token else {"Host": host}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=None) as http,
        http.stream("GET", f"/api/v1/streaming/{path}", params=params) as response,
    ):
        if response.status_code != 200:
            raise AssertionError(f"{response.status_code} {(await response.aread()).decode()}")
        assert response.headers["content-type"] == "text/event-stream"
        lines = response.aiter_lines()
        assert await anext(lines) == ":)"

        async def read() -> None:
            with contextlib.suppress(httpx.HTTPError):
                async for line in lines:
                    events.take(line)
            events.is_open = False

        task = asyncio.create_task(read())
        try:
            yield events
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


class Socket(Events):
    """A WebSocket; `events` as above, `frames` everything it received."""

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.connection = connection
        self.frames: list[dict[str, Any]] = []

    async def read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self.connection:
                frame = msgspec.json.decode(text)
                self.frames.append(frame)
                if "event" in frame:
                    self.events.append((frame["event"], payload_of(frame.get("payload", "null"))))
        self.is_open = False

    async def say(self, **order: Any) -> None:
        await self.connection.send(msgspec.json.encode(order).decode())


@asynccontextmanager
async def web_socket(port: int, query: str = "", **options: Any) -> AsyncIterator[Socket]:
    """Connect, and read until the end of the block."""
    async with websockets.connect(
        f"ws://{HOST}/api/v1/streaming{query}", host="127.0.0.1", port=port, **options
    ) as connection:
        socket = Socket(connection)
        task = asyncio.create_task(socket.read())
        try:
            yield socket
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
