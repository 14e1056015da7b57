import asyncio
import resource
from contextlib import AsyncExitStack, closing

import pytest
from django.http import HttpResponse

from core.asgi import Next, Request, body, uploads
from core.db import release_connection, sql
from core.middleware import body as body_link
from tests.core.asgi_app import make_app, serving
from tests.support.pool import connections_in_use
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio


async def size(request: Request) -> HttpResponse:
    return HttpResponse(str(sum(f.size for f in request.FILES.values()) or len(request.body)))


@pytest.fixture
async def port():
    async with serving(
        make_app(("size", size), ("big", uploads(size_of_upload)), middleware=[body_link])
    ) as port:
        yield port


async def size_of_upload(request: Request) -> HttpResponse:
    return HttpResponse(str(sum(f.size for f in request.FILES.values())))


async def test_a_gigabyte_is_refused_before_it_is_sent(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n"
    )
    async with asyncio.timeout(5):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"100 Continue" not in answer
    writer.close()


async def test_an_endless_body_is_cut_off(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    answer = b""
    async with asyncio.timeout(10):
        try:
            while not reader.at_eof() and not answer:
                writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                await writer.drain()
                try:
                    async with asyncio.timeout(0.001):
                        answer = await reader.read(100)
                except TimeoutError:
                    pass
        except ConnectionError:
            answer = answer or await reader.read(100)
    assert answer.startswith(b"HTTP/1.1 413")
    writer.close()


@pytest.mark.slow
async def test_a_body_that_stops_coming_is_given_up(port, monkeypatch):
    monkeypatch.setattr(body, "CHUNK_TIMEOUT_S", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"HTTP/1.1 408")
    writer.close()


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "application/json"])
async def test_a_slow_upload_holds_no_database_connection(db, kind):
    """Ten uploads that stood still, after a cookie was looked up, kept the pool empty for everybody else."""
    most, begun = 12, []

    async def looks_up(request: Request, call: Next) -> HttpResponse:
        begun.append(await sql.value("SELECT 1"))
        return await call(request)

    form = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nzz\r\n--b--\r\n'
    head = f"POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {len(form)}\r\n\r\n"
    await release_connection()
    async with (
        serving(make_app(("size", size), middleware=[looks_up, body_link])) as port,
        AsyncExitStack() as stack,
    ):
        senders = [await asyncio.open_connection("127.0.0.1", port) for _ in range(most)]
        for _, writer in senders:
            stack.enter_context(closing(writer))
            writer.write(head.encode() + form[:70])
        await wait_until(lambda: len(begun) == most and connections_in_use() == 0)
        for reader, writer in senders:
            writer.write(form[70:])
            assert (await reader.read()).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
async def test_a_large_upload_goes_to_disk_and_the_loop_keeps_turning(port):
    piece = b"z" * 65536
    count = 60 * 16  # 60 MB
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    total = len(head) + count * len(piece) + len(b"\r\n--b--\r\n")
    longest = 0.0

    async def heartbeat() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.001)
            longest = max(longest, loop.time() - before)

    beating = asyncio.create_task(heartbeat())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /big HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: %d\r\nConnection: close\r\n\r\n" % total + head
    )
    for _ in range(count):
        writer.write(piece)
        await writer.drain()
    writer.write(b"\r\n--b--\r\n")
    assert (await reader.read()).endswith(str(count * len(piece)).encode())
    writer.close()
    beating.cancel()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024  # kB
    assert longest < 0.2  # 2 ms alone; the machine is shared
