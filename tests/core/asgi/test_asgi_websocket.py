import asyncio

import pytest
import websockets

from core.asgi import Lifespan, WebSocket
from core.errors import Unauthenticated
from tests.core.asgi_app import make_app, serving

pytestmark = pytest.mark.anyio


async def test_sockets_are_routed_answered_and_closed(wait_until):
    ended = asyncio.Event()

    async def echo(socket: WebSocket, room: str) -> None:
        if socket.request.GET.get("token") != "good":
            raise Unauthenticated("The access token is invalid")
        await socket.accept(socket.protocols[0] if socket.protocols else None)
        try:
            while True:
                text = await socket.receive()
                if text == "bug":
                    raise RuntimeError("private")
                await socket.send(f"{room} {text}")
        finally:
            ended.set()

    app = make_app(websocket_routes=[(r"/rooms/(?P<room>\w+)", echo)])
    async with serving(app) as port, asyncio.timeout(10):
        address = f"ws://127.0.0.1:{port}/rooms/red?token=good"
        async with websockets.connect(address, subprotocols=["one"]) as socket:
            assert socket.subprotocol == "one"
            await socket.send("hello")
            assert await socket.recv() == "red hello"
        await ended.wait()
        async with websockets.connect(address) as socket:
            await socket.send("bug")
            with pytest.raises(websockets.ConnectionClosedError) as closed:
                await socket.recv()
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "")
        for wrong in (f"ws://127.0.0.1:{port}/rooms/red?token=bad", f"ws://127.0.0.1:{port}/elsewhere"):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(wrong)
            assert refused.value.response.status_code == 403


async def test_a_client_that_left_before_the_handshake_ended_is_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def greet(socket: WebSocket) -> None:
        await socket.accept()

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        raise ConnectionResetError

    scope = {"type": "websocket", "path": "/rooms", "raw_path": b"/rooms", "query_string": b"", "headers": []}
    await make_app(websocket_routes=[("/rooms", greet)])(scope, receive, send)
    assert "websocket.failed" not in capsys.readouterr().err


async def test_services_stop_in_reverse_order_after_a_failure_too():
    seen: list[str] = []

    def step(name: str, error: Exception | None = None):
        async def run() -> None:
            seen.append(name)
            if error:
                raise error

        return run

    parts = Lifespan()
    parts.add("a", start=step("+a"), stop=step("-a", RuntimeError("ignored")))
    parts.add("b", start=step("+b"), stop=step("-b"))
    await parts.start()
    await parts.stop()
    assert seen == ["+a", "+b", "-b", "-a"]
    seen.clear()
    parts.add("c", start=step("+c", ValueError("no")), stop=step("-c"))
    with pytest.raises(ValueError, match="no"):
        await parts.start()
    assert seen == ["+a", "+b", "+c", "-b", "-a"]


async def test_the_lifespan_protocol_tells_the_server_why_it_failed():
    async def start() -> None:
        raise ValueError("the reason")

    parts, sent = Lifespan(), []
    parts.add("a", start=start)

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    await make_app(lifespan=parts)({"type": "lifespan"}, receive, send)
    assert sent == [{"type": "lifespan.startup.failed", "message": "ValueError: the reason"}]
