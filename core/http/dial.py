"""Connections: a name is resolved, its addresses are checked, and the socket goes to the address that was checked.

TLS still proves the name (httpcore passes it as the server name), so a rebinding name leads nowhere.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from core.http.addresses import IpAddress, IpNetwork, refusal
from core.http.errors import AddressRefused, FetchError, OwnFault, TlsFailed, Unreachable
from core.http.own_faults import is_own_fault
from core.http.resolver import Resolver

MAX_ADDRESSES = 4  # of one name, tried one after another
CONNECT_S = 5.0  # for one address
_HIGH_WATER = 256 * 1024  # bytes read ahead of the caller before the peer is slowed down


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore's pools, to checked addresses only."""

    def __init__(self, resolver: Resolver, allowed: tuple[IpNetwork, ...], open_connections: "Open") -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._open = open_connections
        self.dialled = 0  # how many connections were tried: tells a reused connection from a new one

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 — httpcore names it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> "Stream":
        """Raises AddressRefused, NameNotFound, OwnFault or Unreachable; the caller holds the deadline."""
        self.dialled += 1
        failure: FetchError | None = None
        for address in (await self.checked(host))[:MAX_ADDRESSES]:
            try:
                async with asyncio.timeout(CONNECT_S):
                    return await _connect(address, port, self._open)
            except (OSError, TimeoutError) as error:
                if is_own_fault(error, socket.AF_INET if address.version == 4 else socket.AF_INET6):
                    raise OwnFault.of(f"{host} ({address}:{port}): {error!r}") from error
                failure = Unreachable(
                    "That server can't be reached right now.", detail=f"{host} ({address}:{port}): {error!r}"
                )
        raise failure or Unreachable("That server can't be reached right now.", detail=host)

    async def checked(self, host: str) -> list[IpAddress]:
        """The addresses of `host` that may be reached. Raises AddressRefused when there is none."""
        found = await self._resolver.resolve(host)
        reasons = {address: refusal(address, self._allowed) for address in found}
        good = [address for address, reason in reasons.items() if reason is None]
        if not good:
            raise AddressRefused(
                "That server has an address that requests are never sent to.",
                detail="; ".join(f"{host} is {address}: {reason}" for address, reason in reasons.items()),
            )
        return good

    async def connect_unix_socket(self, *_: Any, **__: Any) -> "Stream":
        raise AddressRefused(
            "That server has an address that requests are never sent to.", detail="unix socket"
        )

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Open:
    """The number of connections that are open."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


async def _connect(address: IpAddress, port: int, open_connections: Open) -> "Stream":
    """A number instead of a name: both event loops then skip their thread pools (measured; `sock_connect` on uvloop doesn't)."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(
        lambda: _Incoming(open_connections), str(address), port
    )
    return Stream(transport, protocol)


class _Incoming(asyncio.Protocol):
    """Collects what arrives and slows the peer down when nobody reads."""

    def __init__(self, open_connections: Open) -> None:
        self._open = open_connections
        self._is_counted = False
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.ended = False
        self.failure: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._stopped = self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        if not self._is_counted:  # TLS begins on a connection that is counted
            self._is_counted = True
            self._open.count += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > _HIGH_WATER and not self._stopped and self.transport is not None:
            self._stopped = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.ended, self.failure = True, self.failure or error
        if self._is_counted:
            self._is_counted = False
            self._open.count -= 1
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def read(self, max_bytes: int) -> bytes:
        if not self.buffer and not self.ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        if not self.buffer and self.failure is not None:
            raise httpcore.ReadError(str(self.failure)) from self.failure
        data = bytes(self.buffer[:max_bytes])
        del self.buffer[:max_bytes]
        if self._stopped and len(self.buffer) < _HIGH_WATER // 2 and self.transport is not None:
            self._stopped = False
            self.transport.resume_reading()
        return data

    async def drain(self) -> None:
        if self._full and not self.ended:
            self._writer = asyncio.get_running_loop().create_future()
            await self._writer
        if self.failure is not None:
            raise httpcore.WriteError(str(self.failure)) from self.failure


class Stream(httpcore.AsyncNetworkStream):
    """One connection as httpcore uses it. Its timeouts are ignored: the client holds one deadline over everything."""

    def __init__(self, transport: asyncio.Transport, protocol: _Incoming) -> None:
        self._transport = transport
        self._protocol = protocol

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._protocol.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not buffer:
            return
        if self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(buffer)
        await self._protocol.drain()

    async def aclose(self) -> None:
        # abort: nobody waits for a peer that doesn't answer a polite goodbye
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> "Stream":
        if self._protocol.buffer:  # else it would be read as the beginning of the proven server's answer
            self._transport.abort()
            raise TlsFailed(
                "That server's certificate or encryption isn't valid.", detail="it spoke before TLS began"
            )
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport,
                self._protocol,
                ssl_context,
                server_hostname=server_hostname,
                ssl_handshake_timeout=CONNECT_S,
            )
        except ssl.SSLError as error:
            self._transport.abort()
            raise TlsFailed(
                "That server's certificate or encryption isn't valid.", detail=repr(error)
            ) from error
        except OSError as error:
            self._transport.abort()
            raise Unreachable("That server broke the connection.", detail=repr(error)) from error
        except BaseException:
            self._transport.abort()
            raise
        if transport is None:
            raise Unreachable("That server broke the connection.", detail="during the TLS handshake")
        self._protocol.transport = transport
        return Stream(transport, self._protocol)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # httpcore's question whether an idle connection has died
            return self._protocol.ended or bool(self._protocol.buffer) or self._transport.is_closing()
        names = {
            "ssl_object": "ssl_object",
            "client_addr": "sockname",
            "server_addr": "peername",
            "socket": "socket",
        }
        return self._transport.get_extra_info(names.get(info, info))
