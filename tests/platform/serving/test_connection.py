"""Limits of an HTTP connection before a request reaches the application."""

import asyncio
import socket
from collections.abc import AsyncIterator, MutableMapping
from contextlib import ExitStack, closing
from typing import Any

import pytest
import uvicorn

from core.hosts.networks import network_of
from takahe.serving import connection
from takahe.serving.connection_limits import ConnectionLimits
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio

HEAD = b"GET / HTTP/1.1\r\nHost: a.test\r\n"
ASK = HEAD + b"Connection: close\r\n\r\n"


gate: list[asyncio.Event] = []  # of requests for /gate that wait to be answered


async def hello(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """Answers with the number of bytes in the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(size).encode()
    if scope["path"] == "/gate":
        gate.append(asyncio.Event())
        await gate[-1].wait()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_S", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(hello, http=connection.Connection, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve([listener]))
    await wait_until(lambda: server.started)
    yield int(listener.getsockname()[1])
    server.should_exit = True
    await running


async def answers(port: int, *parts: bytes) -> bytes:
    """Everything that the server says until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def test_a_request_passes_and_the_next_one_on_the_same_connection_too(port: int) -> None:
    end = b"Connection: close\r\n\r\n"
    body = b"x" * 200_000
    post = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 200000\r\n\r\n" + body
    answer = await answers(port, HEAD + b"\r\n", post, HEAD + end)
    assert answer.count(b"HTTP/1.1 200") == 3
    assert b"\r\n\r\n200000" in answer


async def test_an_endless_head_is_refused(port: int) -> None:
    lines = [b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(300)]
    try:
        answer = await answers(port, HEAD, *lines)
    except ConnectionResetError:  # it stopped reading while we were still writing
        return
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.slow
@pytest.mark.parametrize("begun", [b"", b"GET / HT", HEAD + b"X-Slow: "])
async def test_a_head_that_never_ends_is_cut_off(port: int, begun: bytes) -> None:
    assert (await answers(port, begun)).startswith(b"HTTP/1.1 408 ")


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> ConnectionLimits:
    """Eight connections in all, five from one network that is no proxy's."""
    limits = ConnectionLimits(total=8, per_network=5, is_trusted=lambda _: False)
    monkeypatch.setattr(connection.Connection, "limits", limits)
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_S", 30)
    return limits


async def _idle(port: int, address: str, count: int) -> list[asyncio.StreamWriter]:
    """Connections from `address` that say nothing."""
    opened = [await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0)) for _ in range(count)]
    return [writer for _, writer in opened]


async def test_one_client_with_idle_connections_does_not_block_others(
    port: int, limits: ConnectionLimits
) -> None:
    held = await _idle(port, "127.0.0.2", 5)
    await wait_until(lambda: limits.open_from("127.0.0.2") == 5)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
    assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
    assert (await answers(port, ASK)).startswith(b"HTTP/1.1 200 ")
    for one in [*held, writer]:
        one.close()
    await wait_until(lambda: limits.open_from("127.0.0.2") == 0)


async def test_a_full_process_closes_what_was_idle_longest(port: int, limits: ConnectionLimits) -> None:
    held = []
    for number in (2, 3, 4, 5):
        held += await _idle(port, f"127.0.0.{number}", 2)
        await wait_until(lambda: limits.open_from(f"127.0.0.{number}") == 2)  # noqa: B023
    for _ in range(3):
        assert (await answers(port, ASK)).startswith(b"HTTP/1.1 200 ")
    assert limits.open_from("127.0.0.2") < 2
    assert limits.open_from("127.0.0.5") == 2
    for one in held:
        one.close()


@pytest.mark.slow
async def test_bodies_that_stand_still_make_room_too(port: int, limits: ConnectionLimits) -> None:
    """Four networks that begin a request each and never end it held all connections, for 20 seconds at a time."""
    begun = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nx"
    held: list[asyncio.StreamWriter] = []
    with ExitStack() as stack:
        for number in (2, 2, 3, 3, 4, 4, 5, 5):
            held += await _idle(port, f"127.0.0.{number}", 1)
            stack.enter_context(closing(held[-1]))
            held[-1].write(begun)
            await wait_until(lambda: len(limits._receiving) == len(held))  # noqa: B023
        quiet = list(limits._receiving)
        held[0].write(b"y")  # this one goes on
        await wait_until(lambda: list(limits._receiving) == [*quiet[1:], quiet[0]])
        assert (await answers(port, ASK)).startswith(b"HTTP/1.1 200 ")
        assert [limits.open_from(f"127.0.0.{number}") for number in (2, 3, 4, 5)] == [1, 2, 2, 2]


async def test_a_request_that_is_answered_is_not_cut_off_to_make_room(
    port: int, limits: ConnectionLimits
) -> None:
    gate.clear()
    limits.total = 4
    ask = b"POST /gate HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Length: 2\r\n\r\nx"
    answering = [asyncio.create_task(answers(port, ask, b"y")) for _ in range(4)]
    await wait_until(lambda: len(gate) == 4)
    got = await answers(port, ASK)
    for each in gate:  # before anything is looked at, or a failure would hang
        each.set()
    assert got.startswith(b"HTTP/1.1 503 ")
    for answer in await asyncio.gather(*answering):
        assert answer.startswith(b"HTTP/1.1 200 ")


class Transport:
    """As much of a connection as the limits look at."""

    def __init__(self, address: str, number: int = 9) -> None:
        self._address, self._number = address, number

    def get_extra_info(self, name: str) -> Any:
        return (self._address, 1) if name == "peername" else self

    def fileno(self) -> int:
        return self._number

    def abort(self) -> None:
        """Nothing is open."""


def test_the_holder_of_an_ipv6_site_has_half_of_all_connections_at_most() -> None:
    limits = ConnectionLimits(total=40, per_network=10, is_trusted=lambda _: False)
    admitted = [limits.admit(Transport(f"2001:db8:1:{number}::1")) for number in range(25)]
    assert (sum(admitted), limits.open_from("2001:db8:1:3::9")) == (20, 1)
    assert limits.admit(Transport("2001:db8:2::1"))
    assert sum(limits.admit(Transport("2001:db8:3::1")) for _ in range(15)) == 10


def test_the_operator_is_told_once_when_few_files_are_left(capsys: pytest.CaptureFixture[str]) -> None:
    limits = ConnectionLimits(total=40, per_network=10, is_trusted=lambda _: False, files=100)
    for number in (89, 90, 91):
        limits.admit(Transport("192.0.2.1", number))
    told = capsys.readouterr()
    assert (told.out + told.err).count("files.few_left") == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_a_subscriber_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network
    assert network_of("2001:db8:1:2::1", 48) == "2001:db8:1::/48"
