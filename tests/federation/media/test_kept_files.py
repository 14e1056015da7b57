"""Copies that were sent a short while ago, answered by the connection: as the whole chain does, and no longer than that would.

Through a real port, since no task of the application sees these requests.
"""

import asyncio
import socket
import ssl
from collections import ChainMap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from core.asgi.request import Request
from core.db import release_connection
from core.diagnostics import metrics
from core.metrics.exposition import exposition
from federation.models import Policy
from federation.peers import set_policy
from takahe.serving.connection import Connection
from tests.api.streaming.live import web_server
from tests.federation.media.conftest import PNG, Origin, file, stored
from tests.support.authority import Authority

pytestmark = pytest.mark.anyio

_EACH_TIME = {"x-request-id"}


@pytest.fixture
async def port(http: httpx.AsyncClient) -> AsyncIterator[int]:
    async with web_server() as port:
        yield port


@pytest.fixture
async def http(http: httpx.AsyncClient, port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client


async def _keep(http: httpx.AsyncClient, address: str, **headers: str) -> httpx.Response:
    """Have the file fetched, then answered from its copy by the chain, which keeps it."""
    await http.get(address)
    await stored()
    await release_connection()
    return await http.get(address, headers=headers)


@pytest.fixture
def without_chain(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on whatever needs a request object fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("the chain was asked")

    return lambda: monkeypatch.setattr(Request, "__init__", refuse)


async def test_kept_files_answer_like_the_whole_application(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], without_chain: Callable[[], None]
) -> None:
    chain = await _keep(http, ours("/a.png"))
    before = exposition(metrics.requests().families())
    without_chain()
    kept = await http.get(ours("/a.png"))
    assert (kept.status_code, kept.content) == (200, PNG)
    assert {k: v for k, v in kept.headers.items() if k not in _EACH_TIME} == {
        k: v for k, v in chain.headers.items() if k not in _EACH_TIME
    }
    assert kept.headers["x-request-id"] != chain.headers["x-request-id"]
    assert exposition(metrics.requests().families()) != before
    assert origin.asked == ["/a.png"]


async def test_kept_files_are_logged_with_the_proxied_client(
    http: httpx.AsyncClient,
    ours: Callable[..., str],
    origin: Origin,
    without_chain: Callable[[], None],
) -> None:
    await _keep(http, ours("/a.png"))
    without_chain()
    headers = {"X-Forwarded-For": "198.51.100.7"}
    noted: list[dict[str, object]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "core.middleware.access.log.info_of", lambda event, *groups: noted.append(dict(ChainMap(*groups)))
        )
        await http.get(ours("/a.png"), headers=headers)
    assert [(line["client"], line["status"], line["bytes"]) for line in noted] == [
        ("198.51.100.7", 200, len(PNG))
    ]


async def test_conditions_ranges_and_other_methods_are_the_chains(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    chain = await _keep(http, ours("/a.png"))
    part = await http.get(ours("/a.png"), headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, PNG[:8])
    unchanged = await http.get(ours("/a.png"), headers={"If-None-Match": chain.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = await http.head(ours("/a.png"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(PNG))
    assert (await http.post(ours("/a.png"))).status_code == 403


async def test_https_by_a_proxy_has_its_own_answer(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], without_chain: Callable[[], None]
) -> None:
    plain = await _keep(http, ours("/a.png"))
    secure = await http.get(ours("/a.png"), headers={"X-Forwarded-Proto": "https"})
    without_chain()
    assert "strict-transport-security" not in plain.headers
    assert "strict-transport-security" in secure.headers
    again = await http.get(ours("/a.png"), headers={"X-Forwarded-Proto": "https"})
    assert "strict-transport-security" in again.headers
    assert "strict-transport-security" not in (await http.get(ours("/a.png"))).headers


async def test_a_refused_server_is_refused_at_once(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str]
) -> None:
    address = ours("/a.png")
    await _keep(http, address)
    await set_policy(host="far.test", policy=Policy.blocked)
    await release_connection()
    assert (await http.get(address)).status_code == 404
    await set_policy(host="far.test", policy=Policy.open, reject_media=True)
    await release_connection()
    assert (await http.get(address)).status_code == 404


async def test_a_changed_copy_is_not_sent_as_the_kept_one(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], folder: Path
) -> None:
    await _keep(http, ours("/a.png"))
    [copy] = folder.rglob("*.png")
    copy.write_bytes(PNG[:-1])  # cut by a power cut
    assert (await http.get(ours("/a.png"))).content == PNG
    assert origin.asked == ["/a.png", "/a.png"]
    await stored()
    await release_connection()
    for copy in folder.rglob("*.png"):
        copy.unlink()
    assert (await http.get(ours("/a.png"))).content == PNG


class Wire:
    """One connection, spoken byte by byte."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path.encode()

    async def open(self, *, receive_bytes: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Connect, with a small receive buffer if wanted."""
        peer = socket.socket()
        peer.setblocking(False)
        if receive_bytes:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        await asyncio.get_running_loop().sock_connect(peer, ("127.0.0.1", self.port))
        name = "a.test" if tls else None
        self.reader, self.writer = await asyncio.open_connection(sock=peer, ssl=tls, server_hostname=name)

    def request(self, more: bytes = b"", *, path: bytes = b"", method: bytes = b"GET") -> bytes:
        return b"%b %b HTTP/1.1\r\nHost: a.test\r\n%b\r\n" % (method, path or self.path, more)

    async def ask(self, sent: bytes, *, has_body: bool = True) -> tuple[int, bytes]:
        self.writer.write(sent)
        return await self.answer(has_body=has_body)

    async def answer(self, *, has_body: bool = True) -> tuple[int, bytes]:
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)).lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        return int(head[9:12]), await self.reader.readexactly(length if has_body else 0)


@pytest.fixture
async def wire(
    http: httpx.AsyncClient, port: int, origin: Origin, ours: Callable[..., str]
) -> AsyncIterator[Wire]:
    """A connection that has been sent a kept file three times: the last time, and from now on, by what it repeats."""
    await _keep(http, ours("/a.png"))
    wire = Wire(port, ours("/a.png"))
    await wire.open()
    for _ in range(3):
        assert await wire.ask(wire.request()) == (200, PNG)
    yield wire
    wire.writer.close()


@pytest.fixture
def unparsed(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on whatever needs the request's headers parsed fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("the request was parsed")

    monkeypatch.setattr(Connection, "on_message_begin", refuse)


@pytest.mark.usefixtures("unparsed")
async def test_a_repeated_request_is_not_parsed(wire: Wire) -> None:
    for _ in range(3):
        assert await wire.ask(wire.request()) == (200, PNG)


async def test_requests_that_differ_in_part_are_parsed(wire: Wire, origin: Origin) -> None:
    assert await wire.ask(wire.request(b"Range: bytes=0-7\r\n")) == (206, PNG[:8])
    assert (await wire.ask(wire.request(b"If-None-Match: *\r\n"), has_body=False))[0] == 304
    assert await wire.ask(wire.request(path=wire.path + b"?size=1")) == (200, PNG)
    assert (await wire.ask(wire.request(path=wire.path + b"A")))[0] == 404
    assert (await wire.ask(wire.request(method=b"HEAD"), has_body=False))[0] == 200
    assert (await wire.ask(wire.request(path=b"/static/none.css")))[0] == 404
    assert await wire.ask(wire.request()) == (200, PNG)
    assert origin.asked == ["/a.png"]


async def test_a_request_in_pieces_is_answered_once(wire: Wire) -> None:
    """Its second piece, or what follows it, must not pass for a request of its own."""
    whole = wire.request()
    assert await wire.ask(whole + b"GET /") == (200, PNG)
    assert (await wire.ask(whole))[0] == 400  # "GET /GET /media/…" is no request


async def test_a_path_that_arrives_in_two_pieces_is_one(wire: Wire) -> None:
    whole = wire.request()
    wire.writer.write(whole[:20])
    await wire.writer.drain()
    await asyncio.sleep(0)
    assert await wire.ask(whole[20:]) == (200, PNG)
    assert await wire.ask(whole) == (200, PNG)


async def test_pipelined_requests_are_answered_in_turn(wire: Wire) -> None:
    other = wire.request(path=wire.path + b"A")
    wire.writer.write(wire.request() + other + wire.request() + wire.request())
    assert [(await wire.answer())[0] for _ in range(4)] == [200, 404, 200, 200]


async def test_the_last_request_of_a_connection_closes_it(wire: Wire) -> None:
    assert await wire.ask(wire.request(b"Connection: close\r\n")) == (200, PNG)
    assert await asyncio.wait_for(wire.reader.read(), 5) == b""
    wire.writer.close()
    await wire.open()
    assert await wire.ask(b"GET %b HTTP/1.0\r\nHost: a.test\r\n\r\n" % wire.path) == (200, PNG)
    assert await asyncio.wait_for(wire.reader.read(), 5) == b""


async def test_a_repeated_request_is_refused_at_once_with_its_server(wire: Wire) -> None:
    await set_policy(host="far.test", policy=Policy.blocked)
    await release_connection()
    assert (await wire.ask(wire.request()))[0] == 404


async def test_a_copy_that_is_gone_is_not_sent_to_a_repeated_request(
    wire: Wire, origin: Origin, folder: Path
) -> None:
    [copy] = folder.rglob("*.png")
    copy.unlink()
    assert (await wire.ask(wire.request()))[0] == 200
    assert origin.asked == ["/a.png", "/a.png"]


@pytest.mark.usefixtures("unparsed")
async def test_a_repeated_request_is_logged_with_its_own_client(wire: Wire) -> None:
    noted: list[dict[str, object]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "core.middleware.access.log.info_of", lambda event, *groups: noted.append(dict(ChainMap(*groups)))
        )
        await wire.ask(wire.request())
    assert [(line["client"], line["host"], line["path"]) for line in noted] == [
        ("127.0.0.1", "a.test", wire.path.decode())
    ]


async def test_the_clients_behind_a_proxy_are_told_apart(wire: Wire) -> None:
    noted: list[dict[str, object]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "core.middleware.access.log.info_of", lambda event, *groups: noted.append(dict(ChainMap(*groups)))
        )
        for address in (b"198.51.100.7", b"198.51.100.8", b"198.51.100.7", b"198.51.100.8"):
            assert await wire.ask(wire.request(b"X-Forwarded-For: %b\r\n" % address)) == (200, PNG)
    assert [line["client"] for line in noted] == ["198.51.100.7", "198.51.100.8"] * 2


async def test_a_slow_reader_gets_all_of_each_answer(
    http: httpx.AsyncClient, port: int, origin: Origin, ours: Callable[..., str]
) -> None:
    """The socket takes only a part of them; the transport sends the rest, in order."""
    body = PNG + bytes(n % 251 for n in range(200_000))
    origin.answers["/large.png"] = file(body)
    await _keep(http, ours("/large.png"))
    wire = Wire(port, ours("/large.png"))
    await wire.open(receive_bytes=4096)
    for _ in range(3):
        assert await wire.ask(wire.request()) == (200, body)
    for _ in range(30):
        wire.writer.write(wire.request())
        await wire.writer.drain()
        await asyncio.sleep(0)
    wire.writer.write(wire.request(path=wire.path + b"A"))
    for _ in range(30):
        assert await wire.answer() == (200, body)
    assert (await wire.answer())[0] == 404
    wire.writer.close()


async def test_a_reader_that_leaves_ends_its_connection(wire: Wire, http: httpx.AsyncClient) -> None:
    for _ in range(20):
        wire.writer.write(wire.request())
    wire.writer.transport.abort()
    await wire.open()
    assert await wire.ask(wire.request()) == (200, PNG)


async def test_kept_files_are_sent_over_tls(
    http: httpx.AsyncClient, origin: Origin, ours: Callable[..., str], tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("a.test")
    async with web_server(ssl_certfile=certificate, ssl_keyfile=key) as port:
        await _keep(http, ours("/a.png"))
        wire = Wire(port, ours("/a.png"))
        await wire.open(tls=authority.client_context())
        for _ in range(4):
            assert await wire.ask(wire.request()) == (200, PNG)
        wire.writer.close()
