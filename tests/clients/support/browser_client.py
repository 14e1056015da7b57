"""A browser client written by others, served from its own origin: the prebuilt one in the mastodon-mock wheel.

It is read from the wheel that tools/clients downloaded; it is neither installed nor copied.
"""

import asyncio
import mimetypes
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.clients.support.fetched import fetched

_INSIDE = "mastodon_mock/_ui_dist/browser/"
_BASE = "/_ui/"


@asynccontextmanager
async def serving_client() -> AsyncIterator[str]:
    """Yield the URL of the client's first page. Paths without a file get that page, too, for the client's router."""
    with zipfile.ZipFile(fetched("mastodon_mock-*.whl")) as wheel:
        files = {
            name.removeprefix(_INSIDE): wheel.read(name)
            for name in wheel.namelist()
            if name.startswith(_INSIDE)
        }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        name = head.split()[1].partition("?")[0].removeprefix(_BASE)
        name = name if name in files else "index.html"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        body = files[name]
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{_BASE}"
    finally:
        server.close()
