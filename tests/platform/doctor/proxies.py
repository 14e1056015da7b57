"""A small reverse proxy with TLS, which is set up as wrongly as a test wants."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Faults:
    host: str = ""  # sent instead of the request's own
    has_scheme: bool = True  # X-Forwarded-Proto is set
    most_bytes: int = 0  # of a body
    counts_first: bool = (
        True  # a body that is announced as too large is refused at once, or else when it has come
    )
    upgrades: bool = True
    elsewhere: str = ""  # all requests are redirected there


@asynccontextmanager
async def proxy(
    address: str, upstream_port: int, certificate: tuple[Path, Path], faults: Faults
) -> AsyncIterator[None]:
    """Listen on port 443 of an address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _serve(reader, writer, upstream_port, faults)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, address, 443, ssl=context)
    async with server:
        yield
        for task in (running := list(tasks)):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream_port: int, faults: Faults
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    size = int(found[1]) if (found := re.search(r"(?mi)^content-length: (\d+)", head)) else 0
    if faults.elsewhere:
        await _answer(writer, f"302 Found\r\nLocation: {faults.elsewhere}")
        return
    if faults.most_bytes and size > faults.most_bytes:
        if not faults.counts_first:
            await reader.readexactly(faults.most_bytes)
        await _answer(writer, "413 Too Large")
        return
    if faults.host:
        head = re.sub(r"(?mi)^host: [^\r\n]*", f"Host: {faults.host}", head)
    if not faults.upgrades:
        head = re.sub(r"(?mi)^(upgrade|connection): [^\r\n]*\r\n", "", head)
    more = "X-Forwarded-For: 203.0.113.7\r\n" + ("X-Forwarded-Proto: https\r\n" if faults.has_scheme else "")
    if "upgrade:" not in head.lower():
        more += "Connection: close\r\n"
    above_reader, above_writer = await asyncio.open_connection("127.0.0.1", upstream_port)
    above_writer.write((head.removesuffix("\r\n") + more + "\r\n").encode("latin-1"))
    both = [
        asyncio.create_task(_pipe(reader, above_writer)),
        asyncio.create_task(_pipe(above_reader, writer)),
    ]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        with suppress(OSError, ssl.SSLError):
            await writer.drain()
            writer.close()
            await writer.wait_closed()
    finally:
        for one in both:
            one.cancel()
        above_writer.transport.abort()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()


async def _answer(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
