"""An internet connection that tests can cut: a SOCKS proxy for a browser's context.

Playwright's own `set_offline` affects neither a worker that starts later nor the requests Chromium makes while a worker starts.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from playwright.async_api import Browser, BrowserContext, Error, Page

from tests.support.browser import new_context
from tests.support.servers import Server
from tests.support.waiting import PATIENCE_S, wait_until


class Line:
    """A connection to `cut` and `mend`; the browser is notified as it would be by a device."""

    def __init__(self) -> None:
        self.context: BrowserContext | None = None
        self.address = ""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._is_cut = False

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.address = "socks5://{}:{}".format(*self._server.sockets[0].getsockname())

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self._drop()

    async def cut(self, *, unnoticed: bool = False) -> None:
        """Close all connections and refuse new ones; with `unnoticed` the browser believes that it is online."""
        assert self.context is not None
        self._is_cut = True
        self._drop()
        await self.context.set_offline(not unnoticed)

    async def mend(self) -> None:
        assert self.context is not None
        self._is_cut = False
        await self.context.set_offline(False)

    def _drop(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if not self._is_cut:
                await self._connect(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one side closed the connection
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do the handshake of RFC 1928 without a password, then forward data in both directions."""
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\5\0")
        *_, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            packed = await reader.readexactly(4 if kind == 1 else 16)
            host = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, packed)
        port = int.from_bytes(await reader.readexactly(2))
        there, back = await asyncio.open_connection(host, port)
        self._open.add(back)
        try:
            if (
                writer.transport.is_closing()
            ):  # the line was cut in the meantime: writing would raise in uvloop
                return
            writer.write(b"\5\0\0\1\0\0\0\0\0\0")
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        finally:
            self._open.discard(back)
            back.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()  # this also ends the other direction


@contextlib.asynccontextmanager
async def context_with_line(
    browser: Browser, **options: object
) -> AsyncIterator[tuple[BrowserContext, Line]]:
    """Open a context whose connection can be cut."""
    line = Line()
    await line.start()
    context = await new_context(browser, has_worker=True, proxy={"server": line.address}, **options)  # type: ignore[arg-type]
    line.context = context
    try:
        yield context, line
    finally:
        await context.close()
        await line.stop()


async def until(page: Page, condition: str) -> None:
    """Wait until a script is true. Polls from here, because the pages' policy forbids Playwright's polling."""

    async def is_true() -> bool:
        try:
            return bool(await page.evaluate(condition))
        except Error:  # it was navigating
            return False

    await wait_until(is_true, PATIENCE_S)


async def kept(page: Page) -> list[str]:
    """Return the paths of the pages cached by this browser."""
    return await page.evaluate(
        """async () => {
            if (!await caches.has('pages')) return [];
            return (await (await caches.open('pages')).keys()).map(one => new URL(one.url).pathname);
        }"""
    )


async def keep_home(page: Page, town: Server) -> None:
    """Wait until the service worker runs and has filled its cache."""
    await page.evaluate("navigator.serviceWorker.ready")
    await until(page, "!!navigator.serviceWorker.controller")
    await page.goto(f"{town.base_url}/home")

    async def is_kept() -> bool:
        has_offline = await page.evaluate("caches.match('/offline').then(found => !!found)")
        return has_offline and {"/home", "/compose", "/waiting"} <= set(await kept(page))

    await wait_until(is_kept, PATIENCE_S)
