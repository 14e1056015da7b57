"""Connecting to streams, and disconnection of clients."""

import asyncio
import contextlib
import json
import shutil
import socket as sockets
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import psycopg
import pytest
import websockets
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from api.models import Token
from api.streaming import client as clients
from api.streaming import connections
from api.streaming import sockets as sockets_of_api
from api.streaming.hub import hub
from api.streaming.message import Message
from core import embedded
from core.asgi import application
from core.asgi.websocket import serve_websocket
from core.config import config
from core.crypto.webpush import from_base64
from core.db import sql
from core.db.pubsub import Listener, batched_payloads, publish
from core.django_internals import connection_of_task
from core.middleware.proxies import trusted_proxies
from tests.api.streaming.live import HOST, Socket, event_stream, web_socket
from tests.api.streaming.test_permission import _status
from tests.api.support.world import World
from tests.support.servers import running_server
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_a_person_has_a_number_of_connections(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PER_IDENTITY", 2)
    async with event_stream(port, "user", world.ada.token), event_stream(port, "user", world.ada.token):
        assert (await _status(port, "/user", world.ada.token))[0] == 429
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with web_socket(port, f"?access_token={world.ada.token}"):
                pass
        assert refused.value.response.status_code == 429
        async with event_stream(port, "user", world.bea.token):
            pass
    monkeypatch.setattr(config(), "rate_limit_percent", 0)
    async with event_stream(port, "user", world.ada.token):
        pass


async def test_a_network_has_a_number_of_connections(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By IPv6 /64, as everywhere: the address is what the proxy says."""
    monkeypatch.setattr(connections, "PER_ADDRESS", 1)
    monkeypatch.setattr(sockets_of_api, "_proxies", lambda: trusted_proxies((ip_network("127.0.0.1"),)))

    def socket(address: str) -> AbstractAsyncContextManager[Socket]:
        return web_socket(
            port, f"?access_token={world.ada.token}", additional_headers={"X-Forwarded-For": address}
        )

    async with socket("2001:db8:0:1::1"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with socket("2001:db8:0:1:ffff::1"):
                pass
        assert refused.value.response.status_code == 429
        async with socket("2001:db8:0:2::1"):
            pass
    await wait_until(lambda: not hub().clients)
    assert not hub()._networks


@pytest.mark.parametrize("kind", ["events", "socket"])
async def test_slow_readers_are_disconnected(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A reader that stops fills its socket, then its queue, and is gone; others have everything."""
    monkeypatch.setattr(clients, "MAX_QUEUED", 20)
    query = "" if kind == "events" else f"?stream=user&access_token={world.ada.token}"
    lines = [f"GET /api/v1/streaming{'/user' if kind == 'events' else ''}{query} HTTP/1.1", f"Host: {HOST}"]
    lines.append(f"Authorization: Bearer {world.ada.token}")
    if kind == "socket":
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines.append("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    with sockets.socket() as raw:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, ("127.0.0.1", port))
        await loop.sock_sendall(raw, ("\r\n".join(lines) + "\r\n\r\n").encode())
        await wait_until(lambda: hub().anchors("user"))
        (slow,) = hub().clients
        async with event_stream(port, "user", world.ada.token) as reader:
            payload = "x" * 100_000
            sent = 0

            async def is_cut() -> bool:
                nonlocal sent
                for one in list(hub().listening("user", world.ada.me.pk)):
                    one.offer(Message("update", f'"{sent} {payload}"'), one.streams[0])
                sent += 1
                return slow not in hub().clients

            await wait_until(is_cut, 10)
            await wait_until(lambda: len(reader.events) == sent)
            assert sent < 200
        assert slow.is_closed


async def test_heartbeats_and_stalled_clients(world: World, port: int) -> None:
    async with event_stream(port, "user", world.ada.token) as events:
        (client,) = hub().clients
        client.beat()
        await wait_until(lambda: events.thumps == 1)
        client._pending.append(b"never taken")
        client.beat()
        client.beat()
        await wait_until(lambda: not events.is_open)


async def test_no_client_holds_a_database_connection(world: World, port: int) -> None:
    async with (
        event_stream(port, "user", world.ada.token),
        event_stream(port, "public", world.ada.token),
        web_socket(port, f"?access_token={world.bea.token}&stream=user") as socket,
    ):
        await socket.say(type="subscribe", stream="public")
        await wait_until(lambda: len(hub().listening("public")) == 2)
        pool = async_connections[DEFAULT_DB_ALIAS].pool

        async def all_free() -> bool:
            stats = pool.get_stats()
            return stats["pool_size"] - stats["pool_available"] <= 1  # this test's own

        await wait_until(all_free)


@pytest.mark.parametrize("how", ["welcome", "unknown token", "token of an app", "failure", "no such domain"])
async def test_no_socket_waits_for_its_client_with_a_database_connection(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Accepted, refused, or closed after a mistake of ours: the client may be slow to take it."""
    held: list[str] = []

    def watched(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def watching(*message: Any) -> Any:
            wrapper = connection_of_task()
            if wrapper is not None and wrapper.connection is not None:
                held.append(str(message))
            return await call(*message)

        return watching

    async def serve(routes: Any, scope: Any, receive: Any, send: Any) -> None:
        await serve_websocket(routes, scope, watched(receive), watched(send))

    monkeypatch.setattr(application, "serve_websocket", serve)
    token = {"unknown token": "nonsense", "token of an app": world.app.token}.get(how, world.ada.token)
    if how == "failure":
        monkeypatch.setattr(sockets_of_api, "check_login", lambda caller: {}[caller])
    if how == "no such domain":
        monkeypatch.setattr(sockets_of_api, "domain_for_host", _no_domain)
    expected = contextlib.nullcontext() if how == "welcome" else pytest.raises(websockets.InvalidStatus)
    with expected:
        async with web_socket(port, f"?access_token={token}&stream=user") as socket:
            await socket.say(type="subscribe", stream="public")
            await wait_until(lambda: len(hub().listening("public")) == 1)
    await wait_until(lambda: not hub().clients)
    assert held == []


async def _no_domain(host: str) -> None:
    await Token.objects.acount()


async def test_streams_go_on_when_the_listening_connection_was_lost(world: World, port: int) -> None:
    async with event_stream(port, "public", world.ada.token) as events:
        await world.post(world.bea, "before")
        await events.wait("update", "before")
        ended = await sql.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'takahe-live' AND datname = current_database()"
        )
        assert ended == 1

        async def goes_on() -> bool:
            await world.post(world.bea, "after")
            return events.has("after")

        await wait_until(goes_on, 10, every_s=0.1)


async def test_an_ear_survives_a_restart_of_the_database() -> None:
    folder = Path(tempfile.mkdtemp(prefix="takahe-listener-"))
    server = embedded.start(folder)
    urls = [server.url]
    listener = Listener("test-listener", lambda: {"conninfo": urls[-1]})
    heard = listener.subscribe("news")
    await listener.start()
    try:
        async with asyncio.timeout(30):
            assert await heard.get() is None
            await _notify(urls[-1], "one")
            assert await heard.get() == "one"
            server.stop()
            await wait_until(lambda: not listener.is_listening.is_set())
            server = embedded.start(folder)
            urls.append(server.url)
            assert await heard.get() is None  # some may have been missed
            await _notify(urls[-1], "two")
            assert await heard.get() == "two"
    finally:
        await listener.stop()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _notify(url: str, payload: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("SELECT pg_notify('news', %s)", [payload])


async def test_a_reader_that_is_far_behind_starts_afresh(db: None) -> None:
    listener = Listener("test-overrun", most_waiting=3)
    heard = listener.subscribe("flood")
    await listener.start()
    try:
        async with asyncio.timeout(10):
            assert await heard.get() is None
            await publish("flood", [str(number) for number in range(4)])
            assert await heard.get() is None
            await publish("flood", ["new"])
            assert await heard.get() == "new"
    finally:
        await listener.stop()


async def test_notices_have_a_bounded_size(db: None) -> None:
    pieces = list(batched_payloads("update", range(10**18, 10**18 + 1000)))
    assert len(pieces) == 4
    assert all(len(piece) < 8000 for piece in pieces)
    with pytest.raises(ValueError, match="publish ids"):
        await publish("news", ["x" * 8000])


@pytest.mark.servers
async def test_a_whole_server_streams_on_one_thread_and_stops_at_once(
    threads_of: Callable[[int], int],
) -> None:
    """Real web process, real worker: what one person posts reaches the other; SIGTERM does not wait for streams."""
    async with running_server() as server:
        token = await server.set_up()
        async with server.client(token) as http:
            instance = (await http.get("/api/v2/instance")).json()["configuration"]
            assert len(from_base64(instance["vapid"]["public_key"])) == 65
            address = f"{instance['urls']['streaming']}/api/v1/streaming?stream=user"
            async with (
                http.stream("GET", "/api/v1/streaming/public/local") as events,
                websockets.connect(address, subprotocols=[token]) as socket,
            ):
                answer = await http.post("/api/v1/statuses", json={"status": "to everyone"})
                frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
                assert json.loads(frame["payload"])["id"] == answer.json()["id"]
                lines = events.aiter_lines()
                seen = [await asyncio.wait_for(anext(lines), 10) for _ in range(3)]
                assert seen[:2] == [":)", "event: update"]
                assert threads_of(server.web_pid) == 1
                assert server.process is not None
                started = time.monotonic()
                await server.stop()
                assert time.monotonic() - started < 4
                with pytest.raises(websockets.ConnectionClosed):
                    await socket.recv()
        assert token not in server.log
