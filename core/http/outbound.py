"""The outbound HTTP client: resolves and checks addresses, and limits time, size, redirects and encodings.

It is built on httpx with our own transport (core/http/transport.py) and aiohttp's engine (docs/decisions/0011). httpx and aiohttp are
imported with the first request.
"""

import asyncio
import resource
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, cast

import msgspec

from core.connections import require_no_connection
from core.http.addresses import IpAddress, IpNetwork
from core.http.body import read_body
from core.http.dns.resolver import Resolver, SystemResolver
from core.http.errors import InvalidResponse, LocalNetworkError, TimedOut, Unreachable
from core.http.local_errors import is_local_error
from core.http.memory_budget import MAX_TOTAL_BYTES, MemoryBudget, Reservation
from core.http.origins import OpenConnections, Origin
from core.http.redirects import RedirectChain, Sign, wire_headers
from core.http.stream import Stream
from core.http.trust import client_ssl_context
from core.http.url import Url, parse_url
from core.logs import get_logger

if TYPE_CHECKING:
    import httpx

    from core.http.transport import Sender

log = get_logger(__name__)

TIMEOUT_S = 10.0  # for the whole request: DNS, connections, redirects, the last byte of the body
MAX_BYTES = 1_000_000
IGNORED_BODY_S = 3.0
MAX_IGNORED_BYTES = 64 * 1024  # of bodies that are not needed: errors, redirects, responses to posts
KEEP_ALIVE_S = (
    30.0  # below the 60 s or more after which servers close, so that few requests hit a closing connection
)
_SWEEP_S = 10.0
_COMPLAIN_EVERY_S = 10.0  # a full descriptor table fails hundreds of requests at once


def _version() -> str:
    try:
        return version("takahe")
    except PackageNotFoundError:
        return "development"


def user_agent(origin: str = "") -> str:
    """Return our User-Agent. The web origin of the requesting domain lets peers contact its operators."""
    return f"Takahe/{_VERSION} (+{origin}/)" if origin else f"Takahe/{_VERSION}"


_VERSION = _version()
_USER_AGENT = user_agent()


class Response(msgspec.Struct, frozen=True):
    """A response: `headers` have lower-case names, `url` is the final one after redirects, `body` is decompressed."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    url: str
    is_whole: bool = True

    def header(self, name: str) -> str:
        """Return the values of a header joined by commas, or ""."""
        wanted = name.lower().encode()
        return ", ".join(value.decode("latin-1").strip() for key, value in self.headers if key == wanted)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def _share_of_files() -> int:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(16, files // 4) if files != resource.RLIM_INFINITY else 100_000


class Client:
    """The client. Create one and keep it: connections are pooled by host. Belongs to the event loop in which it is first used."""

    def __init__(
        self,
        *,
        resolver: Resolver | None = None,
        allowed_networks: tuple[IpNetwork, ...] = (),
        allow_http: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        most_connections: int = 0,
        most_body_bytes: int = MAX_TOTAL_BYTES,
    ) -> None:
        """Configure the client.

        Concurrently read bodies hold up to `most_body_bytes` together, besides the first 64 KB of each. Above `most_connections` those
        idle longest are closed; 0 means a quarter of the files that the process may open.
        """
        self._most = most_connections or _share_of_files()
        self._open = OpenConnections()
        self.memory = MemoryBudget(most_body_bytes)
        self._resolver = resolver or SystemResolver()
        self._allowed = allowed_networks
        self._allow_http = allow_http
        self._given_context = ssl_context
        self._origins: dict[tuple[str, str, int], Origin] = {}
        self._swept_at = 0.0
        self._complained_at = float("-inf")

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: str = "",
        max_bytes: int = MAX_BYTES,
        timeout_s: float = TIMEOUT_S,
        redirects: int = 3,
        sign: Sign | None = None,
        cut: bool = False,
    ) -> Response:
        """Return the response, whatever its status; with `redirects=0` also a redirect. Raises FetchError.

        A body over `max_bytes` raises ResponseTooLarge, except that error bodies are truncated, and with `cut` every body.
        """
        require_no_connection("a request")
        wanted = {**({"Accept": accept} if accept else {}), **(headers or {})}
        return await self._within(timeout_s, url, self._follow(url, wanted, sign, redirects, max_bytes, cut))

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout_s: float = TIMEOUT_S,
        sign: Sign | None = None,
        max_bytes: int = MAX_IGNORED_BYTES,
    ) -> Response:
        """Return the response, its body truncated at `max_bytes`; redirects are returned. Raises FetchError.

        A request that hits a pooled connection just as it closes is sent once more: our posts are idempotent.
        """
        require_no_connection("a request")
        return await self._within(timeout_s, url, self._post(url, body, headers, sign, max_bytes))

    async def addresses(self, host: str) -> tuple[IpAddress, ...]:
        """Return the addresses of a host name, unchecked. Raises NameNotFound, LocalNetworkError or Unreachable."""
        require_no_connection("a name")
        return await self._resolver.resolve(host)

    def warm_up(self) -> None:
        """Load the modules for the first request, which blocks the loop for a third of a second."""
        _ = self._sender, self._context

    async def aclose(self) -> None:
        """Close every connection."""
        self._origins = {}
        if "_sender" in self.__dict__:
            await self._sender.aclose()
            del self._sender
        if isinstance(self._resolver, SystemResolver):
            await self._resolver.aclose()

    def abandon(self) -> None:
        """Drop the connections of an event loop that has ended, without closing them."""
        if "_sender" in self.__dict__:
            self._sender.abandon()

    async def _within(self, timeout_s: float, url: str, work: Awaitable[Response]) -> Response:
        """Await a response under one deadline, and convert every error to a FetchError."""
        with self._own_errors(url):
            try:
                async with asyncio.timeout(timeout_s):
                    return await work
            except TimeoutError as error:
                raise TimedOut(code="answer_too_late", detail=f"{url[:200]}: over {timeout_s} s") from error

    @contextmanager
    def _own_errors(self, url: str) -> Iterator[None]:
        """Convert errors of the system to FetchErrors."""
        try:
            yield
        except LocalNetworkError as error:
            self._complain(error)
            raise
        except (OSError, MemoryError) as error:
            if is_local_error(error):
                fault = LocalNetworkError.of(f"{url[:200]}: {error!r}")
                self._complain(fault)
                raise fault from error
            raise Unreachable(code="connection_broken", detail=f"{url[:200]}: {error!r}") from error

    def _complain(self, fault: LocalNetworkError) -> None:
        """Log a local network error for the operator, at most once per interval."""
        if time.monotonic() - self._complained_at > _COMPLAIN_EVERY_S:
            self._complained_at = time.monotonic()
            log.error("http.local_network_error", detail=fault.detail)

    async def _post(
        self, text: str, body: bytes, headers: Mapping[str, str], sign: Sign | None, max_bytes: int
    ) -> Response:
        url = parse_url(text, allow_http=self._allow_http)
        if sign is not None:
            headers = {**headers, **await sign("POST", url.text, headers, body)}
        return await self._exchange("POST", url, wire_headers(headers), body, max_bytes, cut=True)

    async def _follow(
        self,
        text: str,
        headers: Mapping[str, str],
        sign: Sign | None,
        redirects: int,
        max_bytes: int,
        cut: bool,
    ) -> Response:
        chain = RedirectChain(self._allow_http, text, redirects)
        while True:
            wire = await chain.headers(headers, sign)
            response = await self._exchange("GET", chain.url, wire, b"", max_bytes, cut=cut)
            if not chain.follow(response.status, response.header("location")):
                return response

    @asynccontextmanager
    async def stream(
        self, text: str, *, accept: str, head_timeout_s: float = TIMEOUT_S, redirects: int = 3
    ) -> AsyncIterator[Stream]:
        """Yield a response before its body is read, as on the wire. Raises FetchError, also while the body is read.

        `head_timeout_s` ends with its head; the caller limits the time and the size of the body.
        """
        require_no_connection("a request")
        chain = RedirectChain(self._allow_http, text, redirects)
        async with AsyncExitStack() as stack:
            with self._own_errors(text):
                try:
                    async with asyncio.timeout(head_timeout_s):
                        while True:
                            wire = await chain.headers(
                                {"Accept": accept, "Accept-Encoding": "identity"}, None
                            )
                            answer = await stack.enter_async_context(
                                self._opened("GET", chain.url, wire, b"")
                            )
                            found = Stream(answer, chain.url.text)
                            if not chain.follow(found.status, found.header("location")):
                                break
                            await stack.aclose()
                except TimeoutError as error:
                    raise TimedOut(code="answer_too_late", detail=f"{text[:200]}: no head") from error
            yield found

    async def _exchange(
        self, method: str, url: Url, headers: dict[str, str], body: bytes, max_bytes: int, *, cut: bool
    ) -> Response:
        """Send one request and read its response.

        Bodies of errors and redirects are truncated, and with `cut` all others, too.
        """
        async with self._opened(method, url, headers, body) as answer:
            if not cut and not 200 <= answer.status_code < 300:
                cut, max_bytes = True, min(max_bytes, MAX_IGNORED_BYTES)
            known = [(name.lower(), value) for name, value in answer.headers.raw]
            async with self.memory.reservation() as reservation:
                content, is_whole = await _body(answer, known, max_bytes, reservation, cut=cut)
        return Response(
            status=answer.status_code, headers=known, body=content, url=url.text, is_whole=is_whole
        )

    @asynccontextmanager
    async def _opened(
        self, method: str, url: Url, headers: dict[str, str], body: bytes
    ) -> AsyncIterator["httpx.Response"]:
        """Send one request and yield its response with the body unread, on one of the host's connections."""
        headers.setdefault("host", url.authority)
        headers.setdefault("user-agent", _USER_AGENT)
        headers.setdefault("accept-encoding", "gzip, deflate")
        if method == "POST":
            headers["content-length"] = str(len(body))
        origin = self._origin(url)
        origin.in_use += 1
        try:
            async with origin.slots:
                answer = await self._sender.exchange(method, url, headers, body, origin)
                try:
                    yield answer
                finally:
                    await answer.aclose()
        finally:
            origin.in_use -= 1
            origin.used_at = time.monotonic()

    def _origin(self, url: Url) -> Origin:
        now = time.monotonic()
        if now - self._swept_at > _SWEEP_S:
            self._sweep(now)
        key = (url.scheme, url.host, url.port)
        if self._open.count >= self._most:
            self._close_idle(besides=key)
        origin = self._origins.pop(key, None) or Origin()
        self._origins[key] = origin  # at the end: the first ones are the least recently used
        origin.used_at = now
        return origin

    def _close_idle(self, *, besides: tuple[str, str, int]) -> None:
        """Close the connections that have been idle longest: a tenth of the limit, so that this is rare."""
        wanted = max(1, self._most // 10)
        chosen = []
        for key, origin in self._origins.items():
            if not origin.in_use and key != besides:
                chosen.append(key)
                wanted -= len(origin.connections)
            if wanted <= 0:
                break
        for key in chosen:
            self._origins.pop(key).close()

    def _sweep(self, now: float) -> None:
        """Drop hosts that have been idle, so that neither sockets nor pools accumulate."""
        self._swept_at = now
        quiet = [
            key
            for key, origin in self._origins.items()
            if not origin.in_use and now - origin.used_at > KEEP_ALIVE_S
        ]
        for key in quiet:
            self._origins.pop(key).close()

    @cached_property
    def _sender(self) -> "Sender":
        from core.http.transport import Sender  # 10 MB, which a server without peers saves

        return Sender(self._resolver, self._allowed, self._open, lambda: self._context, KEEP_ALIVE_S)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        if self._given_context is not None:
            return self._given_context
        return client_ssl_context()


async def _body(
    answer: "httpx.Response",
    headers: list[tuple[bytes, bytes]],
    max_bytes: int,
    reservation: Reservation,
    *,
    cut: bool,
) -> tuple[bytes, bool]:
    """Return the body and whether it is complete. If it may be truncated, a slow body is no failure."""
    if (b"content-length", b"0") in headers:
        return b"", True  # the usual response to a delivery
    encoding = ", ".join(value.decode("latin-1") for name, value in headers if name == b"content-encoding")
    length = next(
        (int(value) for name, value in headers if name == b"content-length" and value.isdigit()), None
    )
    stream = cast("httpx.AsyncByteStream", answer.stream)
    if not cut:
        return await read_body(stream, encoding, max_bytes=max_bytes, reservation=reservation, length=length)
    try:
        async with asyncio.timeout(IGNORED_BODY_S) as patience:
            return await read_body(
                stream, encoding, max_bytes=max_bytes, reservation=reservation, length=length, cut=True
            )
    except (InvalidResponse, Unreachable):
        return b"", False
    except TimeoutError:
        if not patience.expired():
            raise
        return b"", False
