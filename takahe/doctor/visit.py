"""Requests to our own public names, as a visitor sends them: to the addresses that their names have, and nowhere else.

A raw HTTP/1.1 exchange, because what is wanted are the certificate, the answer to a body that was only announced, and the upgrade to a
WebSocket. Redirects are never followed. Addresses of this machine and of private networks are allowed, since a proxy may be there;
link-local ones, where cloud metadata lives, are not.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network

import msgspec

from core.config import config
from core.connections import require_no_connection
from core.http import FetchError, SystemResolver, Unreachable, Url, user_agent
from core.http.addresses import IpAddress
from core.http.dial import checked_addresses
from core.http.trust import client_ssl_context
from core.server_state import PerServer

_NEAR = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
)
_MOST_HEAD, _MOST_BODY = 32 * 1024, 64 * 1024
_CONNECT_S = 3.0

_trust: PerServer[ssl.SSLContext] = PerServer(client_ssl_context)
_resolver: PerServer[SystemResolver] = PerServer(lambda: SystemResolver(config().resolve))


class Answer(msgspec.Struct, frozen=True):
    """A response; `headers` have lower-case names, `body` is its beginning."""

    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """An open connection to one of our names."""

    def __init__(self, url: Url, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._url, self._reader, self._writer = url, reader, writer

    @property
    def certificate(self) -> dict[str, object]:
        """The certificate of the server, as the ssl module describes it."""
        return dict(self._writer.get_extra_info("peercert") or {})

    async def send(self, method: str, target: str, headers: Mapping[str, str]) -> None:
        """Send the head of a request."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._url.authority}", f"User-Agent: {user_agent()}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.write("\r\n".join([*lines, "", ""]).encode())

    async def write(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()

    async def read(self, *, has_body: bool = True) -> Answer:
        """Read a response up to its end or 64 KB. Raises Unreachable for what is no HTTP."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            status = int(first.split(None, 2)[1])
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ValueError,
            IndexError,
            OSError,
        ) as error:
            raise Unreachable("It answered with something else than HTTP.", detail=repr(error)) from error
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
            if name
        }
        body = b""
        if has_body:
            with suppress(OSError):  # the beginning is enough
                while len(body) < _MOST_BODY and (piece := await self._reader.read(_MOST_BODY)):
                    body += piece
        return Answer(status, headers, body)


class NotPublic(FetchError):
    """A name that DNS need not be asked about."""

    is_ours = True


async def addresses(host: str) -> tuple[IpAddress, ...]:
    """Return the addresses of a name. Raises FetchError."""
    if not {".", ":"}.intersection(host) and host != "localhost" and host not in config().resolve:
        raise NotPublic(f"{host} has no dot, so DNS doesn't have it.")
    return await _resolver().resolve(host)


@asynccontextmanager
async def line(url: Url) -> AsyncIterator[Line]:
    """Connect to the server of a URL. Raises FetchError; ssl.SSLError and OSError as they come."""
    require_no_connection("a request")
    await addresses(url.host)
    found = await checked_addresses(url.host, _resolver(), (*_NEAR, *config().allowed_networks))
    context = _trust() if url.scheme == "https" else None
    failure: Exception | None = None
    for address in found[:2]:
        try:
            async with asyncio.timeout(_CONNECT_S):
                reader, writer = await asyncio.open_connection(
                    str(address),
                    url.port,
                    ssl=context,
                    server_hostname=url.host if context else None,
                    limit=_MOST_HEAD,
                )
        except ssl.SSLError:
            raise
        except (OSError, TimeoutError) as error:
            failure = error
            continue
        try:
            yield Line(url, reader, writer)
        finally:
            writer.close()
        return
    raise Unreachable(f"Nothing answers at {found[0]} port {url.port}.", detail=repr(failure))


async def get(url: Url, target: str) -> Answer:
    """Return the response to a GET of a path on the server of a URL."""
    async with line(url) as connection:
        await connection.send("GET", target, {"Accept": "application/json", "Connection": "close"})
        return await connection.read()
