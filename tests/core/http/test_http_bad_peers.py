"""Peers that send too much, too slowly, or what is no answer: each is dropped with a reason."""

import asyncio
import gzip
import time
import zlib

import pytest

from core.http import (
    InvalidResponse,
    ResponseTooLarge,
    TimedOut,
)
from tests.core.http_peers import Request, a_client, answer, nothing_comes, redirect, serve

pytestmark = pytest.mark.anyio


def packed(encoding: str, data: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.compress(data, mtime=0)
    raw = encoding == "raw"
    engine = zlib.compressobj(wbits=-15 if raw else 15)
    return engine.compress(data) + engine.flush()


@pytest.mark.parametrize(
    ("name", "encoding"), [("gzip", "gzip"), ("deflate", "zlib"), ("deflate", "raw"), ("x-gzip", "gzip")]
)
@pytest.mark.parametrize("size", [0, 1, 1000, 65_536, 65_537, 500_000])
async def test_compressed_responses_are_decompressed(name: str, encoding: str, size: int) -> None:
    content = b"ab" * (size // 2) + b"c" * (size % 2)
    headers = f"Content-Encoding: {name}\r\n"
    async with serve(answer(200, packed(encoding, content), headers)) as peer, a_client() as client:
        assert (await client.get(peer.url)).body == content


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.slow
async def test_a_bomb_is_dropped_at_the_limit_in_little_memory_and_time(encoding: str) -> None:
    import tracemalloc

    bomb = packed("gzip" if encoding == "gzip" else "zlib", b"\0" * 200_000_000)
    async with serve(answer(200, bomb, f"Content-Encoding: {encoding}\r\n")) as peer, a_client() as client:
        tracemalloc.start()
        began = time.process_time()
        with pytest.raises(ResponseTooLarge):
            await client.get(peer.url, max_bytes=1_000_000)
        took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8_000_000
    assert took < 2


async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def endless_headers(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Long: " + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def slow_head(request: Request, writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def slow_body(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    await slow_head(request, writer)


async def empty_gzip_members(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    member = gzip.compress(b"", mtime=0) * 100
    while True:
        writer.write(f"{len(member):x}\r\n".encode() + member + b"\r\n")
        await writer.drain()


def raw(data: bytes) -> object:
    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.close()

    return write


BAD_PEERS = {
    "endless body": (endless, ResponseTooLarge),
    "endless headers": (endless_headers, InvalidResponse),
    "endless gzip of nothing": (empty_gzip_members, ResponseTooLarge),
    "a byte of the head now and then": (slow_head, TimedOut),
    "a byte of the body now and then": (slow_body, TimedOut),
    "silence": (nothing_comes, TimedOut),
    "gzip in thousands of pieces": (
        answer(200, gzip.compress(b"", mtime=0) * 40_000, "Content-Encoding: gzip\r\n"),
        ResponseTooLarge,
    ),
    "a length of a gigabyte": (answer(200, b"x" * 2_000_000), ResponseTooLarge),
    "not HTTP": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), InvalidResponse),
    "nothing": (raw(b""), InvalidResponse),
    "a short body": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), InvalidResponse),
    "two lengths": (
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc"),
        InvalidResponse,
    ),
    "a bad chunk": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), InvalidResponse),
    "brotli, which was not asked for": (answer(200, b"x", "Content-Encoding: br\r\n"), InvalidResponse),
    "gzip twice": (answer(200, b"x", "Content-Encoding: gzip, gzip\r\n"), InvalidResponse),
    "gzip that isn't": (answer(200, b"hello", "Content-Encoding: gzip\r\n"), InvalidResponse),
    "gzip cut short": (
        answer(200, gzip.compress(b"hello" * 99)[:-9], "Content-Encoding: gzip\r\n"),
        InvalidResponse,
    ),
    "deflate that isn't": (answer(200, b"\xff\xff\xff", "Content-Encoding: deflate\r\n"), InvalidResponse),
}


@pytest.mark.parametrize("name", BAD_PEERS)
async def test_a_bad_peer_gets_dropped_with_a_reason(name: str) -> None:
    handler, error = BAD_PEERS[name]
    # what breaks a rule is dropped for that, long before its time is up
    timeout_s = 0.3 if error is TimedOut else 10
    async with serve(handler) as peer, a_client() as client:
        began = time.perf_counter()
        with pytest.raises(error) as caught:
            await client.get(peer.url, timeout_s=timeout_s)
        assert time.perf_counter() - began < timeout_s + 1.2
        assert str(peer.port) not in caught.value.sentence
        assert caught.value.kind
        async with serve(answer(200, b"ok")) as good:
            assert (await client.get(good.url)).body == b"ok"


@pytest.mark.slow
async def test_the_deadline_covers_every_redirect_together() -> None:
    async def slow_circle(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        await redirect(f"/{len(peer.requests)}")(request, writer)

    async with serve(slow_circle) as peer, a_client() as client:
        with pytest.raises(TimedOut):
            await client.get(peer.url, timeout_s=0.35)


async def test_errors_keep_their_status_however_large_their_body_is() -> None:
    async with serve(answer(404, b"x" * 500_000)) as peer, a_client() as client:
        response = await client.get(peer.url)
    assert (response.status, response.is_whole, len(response.body)) == (404, False, 65_536)


@pytest.mark.slow
async def test_a_post_that_was_answered_counts_even_when_the_body_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.http.outbound.IGNORED_BODY_S", 0.3)
    async with serve(slow_body) as peer, a_client() as client:
        response = await client.post(peer.url, b"", {})
    assert (response.status, response.is_whole) == (200, False)
    async with serve(endless) as peer, a_client() as client:
        assert (await client.post(peer.url, b"", {})).status == 200
