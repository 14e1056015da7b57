"""The transport for httpx: aiohttp's engine, on connections to checked addresses only.

Imported with the first request, because httpx and aiohttp use memory that a process without requests does not need. `Client` limits time,
size, redirects and connections; this module creates connections and converts errors.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from core.http.addresses import IpNetwork
from core.http.dial import checked_addresses, dial, encrypt
from core.http.dns.resolver import Resolver
from core.http.errors import BadUrl, FetchError, InvalidResponse, LocalNetworkError, TlsFailed, Unreachable
from core.http.local_errors import is_local_error
from core.http.origins import OpenConnections, Origin
from core.http.url import Url

_MAX_FIELD = 32 * 1024  # of one header; security policies and lists of links reach 10 KB
_FAILURES = (aiohttp.ClientError, OSError, MemoryError)
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None)  # Client has one deadline for everything


class Exchange:
    """A request in progress: URL and headers as signed. httpx's normalised versions are not used."""

    __slots__ = ("has_dialled", "headers", "origin", "url")

    def __init__(self, url: Url, headers: Mapping[str, str], origin: Origin) -> None:
        self.url = url
        self.headers = headers
        self.origin = origin
        self.has_dialled = False


_under_way: ContextVar[Exchange] = ContextVar("_under_way")  # for the connector, which aiohttp calls


class Sender(httpx.AsyncClient):
    """An AsyncClient without any automatic behaviour."""

    def __init__(
        self,
        resolver: Resolver,
        allowed: tuple[IpNetwork, ...],
        open_connections: OpenConnections,
        context: Callable[[], ssl.SSLContext],
        keep_alive_s: float,
    ) -> None:
        """Configure the sender.

        `context` creates the TLS context; it is called for the first connection that needs one.
        """
        self._connector = Connector(resolver, allowed, open_connections, context, keep_alive_s)
        self._guarded = GuardedTransport(self._connector)
        super().__init__(transport=self._guarded, trust_env=False, follow_redirects=False, timeout=None)

    async def exchange(
        self, method: str, url: Url, headers: Mapping[str, str], body: bytes, origin: Origin
    ) -> httpx.Response:
        """Send one request and return its response with the body unread; the caller closes it. Raises FetchError."""
        request = httpx.Request(
            method,
            _address(url.scheme, url.authority),
            stream=httpx.ByteStream(body),  # given as a stream, so that httpx adds no headers of its own
            extensions={"exchange": Exchange(url, headers, origin), "body": body},
        )
        return await self.send(request, stream=True)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Hand the request to the transport, and do nothing else.

        httpx's own `send` also stores cookies, authenticates, and reads the Location even of redirects that it doesn't follow (and fails
        if it can't). None of that must happen here, and it costs a fifth of a delivery.
        """
        response = await self._guarded.handle_async_request(request)
        response.request = request
        return response

    def abandon(self) -> None:
        """Drop all connections after the event loop has ended without `aclose`."""
        self._connector.abandon()


@lru_cache(maxsize=1024)
def _address(scheme: str, authority: str) -> httpx.URL:
    """Return the host as an httpx.URL, without a path: httpx would change the path's spelling."""
    try:
        return httpx.URL(f"{scheme}://{authority}/")
    except httpx.InvalidURL as error:
        raise BadUrl(code="unreadable_address", detail=f"{authority}: {error}") from error


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests that have an Exchange and the body among their extensions."""

    def __init__(self, connector: "Connector") -> None:
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=_NO_TIMEOUT,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            max_field_size=_MAX_FIELD,
        )
        # It repeats a GET on new connections, too. There is no public way to turn that off; tests/core/http/test_http_transport.py fails
        # if this one stops working.
        self._session._retry_connection = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request once more if it hit a pooled connection just as it closed. Raises FetchError."""
        exchange: Exchange = request.extensions["exchange"]
        token = _under_way.set(exchange)
        try:
            try:
                answer = await self._send(request, exchange)
            except aiohttp.ClientConnectionError:
                if exchange.has_dialled:
                    raise
                answer = await self._send(request, exchange)
        except _FAILURES as error:
            raise to_fetch_error(error, exchange.url) from error
        finally:
            _under_way.reset(token)
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer, exchange.url))

    async def _send(self, request: httpx.Request, exchange: Exchange) -> aiohttp.ClientResponse:
        return await self._session.request(
            request.method,
            URL(exchange.url.text, encoded=True),
            headers=exchange.headers,
            data=request.extensions["body"] or None,
            allow_redirects=False,
        )

    async def aclose(self) -> None:
        await self._session.close()


class _Body(httpx.AsyncByteStream):
    """A body with our own errors. Closed before its end, it closes its connection."""

    def __init__(self, answer: aiohttp.ClientResponse, url: Url) -> None:
        self._answer = answer
        self._url = url

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except _FAILURES as error:
            raise to_fetch_error(error, self._url) from error

    async def aclose(self) -> None:
        self._answer.release()


class Connector(aiohttp.BaseConnector):
    """aiohttp's pool with our own connections. Its limits are off: Client limits them by host and in total."""

    def __init__(
        self,
        resolver: Resolver,
        allowed: tuple[IpNetwork, ...],
        open_connections: OpenConnections,
        context: Callable[[], ssl.SSLContext],
        keep_alive_s: float,
    ) -> None:
        super().__init__(limit=0, keepalive_timeout=keep_alive_s)
        self._resolver = resolver
        self._allowed = allowed
        self._open = open_connections
        self._context = context

    def abandon(self) -> None:
        """Close without an event loop, when that has ended."""
        self._close()

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 — aiohttp names it; the caller holds the deadline
    ) -> ResponseHandler:
        """Raise AddressRefused, NameNotFound, LocalNetworkError, TlsFailed or Unreachable."""
        exchange = _under_way.get()
        exchange.has_dialled = True
        url = exchange.url
        if (req.url.raw_host, req.url.port, req.is_ssl()) != (url.host, url.port, url.scheme == "https"):
            raise BadUrl(code="unreadable_address", detail=f"{req.url} instead of {url.text}")
        addresses = await checked_addresses(url.host, self._resolver, self._allowed)
        if url.scheme == "http":
            _, connection = await dial(url.host, url.port, addresses, lambda: self._connection(exchange))
            return connection
        raw, plain = await dial(url.host, url.port, addresses, _Plain)
        if plain.has_spoken:  # a man in the middle could send a plaintext response
            raw.abort()
            raise TlsFailed(code="tls_invalid", detail="it spoke before TLS began")
        connection = self._connection(exchange)
        connection.note_open()
        try:
            connection.connection_made(await encrypt(raw, connection, self._context(), url.host))
        except BaseException:
            connection.note_closed()
            raise
        return connection

    def _connection(self, exchange: Exchange) -> "_Connection":
        return _Connection(self._loop, self._open, exchange.origin)


class _Plain(asyncio.Protocol):
    """The connection before TLS, on which a server must not send anything."""

    has_spoken = False

    def data_received(self, data: bytes) -> None:
        self.has_spoken = True


class _Connection(ResponseHandler):
    """A connection of aiohttp that is counted, and that closes without waiting for the peer."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, open_connections: OpenConnections, origin: Origin
    ) -> None:
        super().__init__(loop)
        self._open = open_connections
        self._origin = origin

    def note_open(self) -> None:
        if self not in self._origin.connections:
            self._origin.connections.add(self)
            self._open.count += 1

    def note_closed(self) -> None:
        if self in self._origin.connections:
            self._origin.connections.remove(self)
            self._open.count -= 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.note_open()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.note_closed()
        super().connection_lost(exc)

    def is_connected(self) -> bool:
        """Return whether an idle connection can be reused: not if the peer has sent unsolicited data."""
        return super().is_connected() and not self.should_close

    def close(self) -> None:
        self.abort()


def to_fetch_error(error: BaseException, url: Url) -> FetchError:
    """Return our own error for one of aiohttp's or the system's."""
    detail = f"{url.text[:200]}: {error!r}"
    if is_local_error(error):
        return LocalNetworkError.of(detail)
    if isinstance(
        error, (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError)
    ):
        return InvalidResponse(code="answer_not_http", detail=detail)
    return Unreachable(code="connection_broken", detail=detail)
