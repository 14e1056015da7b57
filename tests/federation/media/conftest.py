"""Another server's files, and our server that shows them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from core.config import config
from core.db import own_connection, release_connection, sql
from federation.media.addresses import proxied_url
from federation.media.flights import stop_flights
from federation.models import RemoteFile, RemoteFileKind
from tests.core.http_peers import Answer, Peer, Request, serve
from tests.media import files
from tests.support import waiting
from tests.support.memory import forget_everything
from tests.support.peers import outbound

PNG = files.image((40, 30), "PNG")


@dataclass
class Origin:
    """A server with files. `answers` has its responses by path; the default is a PNG."""

    peer: Peer
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def asked(self) -> list[str]:
        return [request.target for request in self.peer.requests]

    def url(self, path: str) -> str:
        return f"http://files.far.test:{self.peer.port}{path}"


def file(body: bytes, *, kind: str = "image/png", length: int | None = None, more: str = "") -> Answer:
    """Answer with a file, then close the connection."""

    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        said = "" if length == -1 else f"Content-Length: {len(body) if length is None else length}\r\n"
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{said}{more}Connection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()

    return write


@pytest.fixture(autouse=True)
async def _fresh() -> AsyncIterator[None]:
    """Clear process state, and allow connections to loopback."""
    forget_everything()
    async with outbound(resolve={"files.far.test": "127.0.0.1"}):
        yield


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async def talk(request: Request, writer: asyncio.StreamWriter) -> None:
        await made.answers.get(request.target, file(PNG))(request, writer)

    async with AsyncExitStack() as stack:
        made = Origin(await stack.enter_async_context(serve(talk)))
        yield made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the copies."""
    monkeypatch.setattr(config(), "media_dir", str(tmp_path / "media"))
    return tmp_path / "media"


@pytest.fixture
async def http(local: httpx.AsyncClient, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    yield local
    await stop_flights()


@pytest.fixture
def ours(origin: Origin) -> Callable[..., str]:
    """Return our URL for a file of the other server."""

    def of(
        path: str, kind: RemoteFileKind = RemoteFileKind.attachment, *, owner: str = "http://far.test/ana"
    ) -> str:
        return proxied_url(origin.url(path), kind, owner=owner)

    return of


async def rows() -> list[RemoteFile]:
    async with own_connection():
        return [row async for row in RemoteFile.objects.order_by("url")]


async def use() -> dict[tuple[str, str], tuple[int, int]]:
    """Return the totals: files and bytes by host and kind."""
    async with own_connection():
        return {
            (host, kind): (count, size)
            for host, kind, count, size in await sql.rows(
                "SELECT host, kind, files, bytes FROM federation_remotemediause WHERE files <> 0"
            )
        }


async def stored() -> RemoteFile:
    """Wait for the only copy."""
    await release_connection()

    async def one() -> RemoteFile | None:
        return next((row for row in await rows() if row.file), None)

    return await waiting.wait_until(one, 5)


type Get = Callable[[str], Awaitable[httpx.Response]]
