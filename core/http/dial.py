"""Outbound connections: a name is resolved, its addresses are checked, and the socket connects to a checked address.

TLS still verifies the host name, so DNS rebinding has no effect.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable

from core.http.addresses import IpAddress, IpNetwork, refusal
from core.http.dns.resolver import Resolver
from core.http.errors import AddressRefused, FetchError, LocalNetworkError, TlsFailed, Unreachable
from core.http.local_errors import is_local_error

MAX_ADDRESSES = 4  # of one name, tried one after another
CONNECT_S = 5.0  # for one address, and again for its TLS handshake


async def checked_addresses(host: str, resolver: Resolver, allowed: tuple[IpNetwork, ...]) -> list[IpAddress]:
    """Return the permitted addresses of `host`. Raises AddressRefused if there is none."""
    found = await resolver.resolve(host)
    reasons = {address: refusal(address, allowed) for address in found}
    good = [address for address, reason in reasons.items() if reason is None]
    if not good:
        raise AddressRefused(
            code="address_refused",
            detail="; ".join(f"{host} is {address}: {reason}" for address, reason in reasons.items()),
        )
    return good


async def dial[P: asyncio.Protocol](
    host: str, port: int, addresses: list[IpAddress], make_protocol: Callable[[], P]
) -> tuple[asyncio.Transport, P]:
    """Connect to the first of `addresses` that answers. Raises LocalNetworkError or Unreachable.

    The event loop gets a numeric address: both loops then skip their thread pools (measured; `sock_connect` on uvloop, which aiohttp's
    own connector calls, doesn't).
    """
    loop = asyncio.get_running_loop()
    failure: FetchError | None = None
    for address in addresses[:MAX_ADDRESSES]:
        try:
            async with asyncio.timeout(CONNECT_S):
                return await loop.create_connection(make_protocol, str(address), port)
        except (OSError, TimeoutError) as error:
            if is_local_error(error, socket.AF_INET if address.version == 4 else socket.AF_INET6):
                raise LocalNetworkError.of(f"{host} ({address}:{port}): {error!r}") from error
            failure = Unreachable(code="server_unreachable", detail=f"{host} ({address}:{port}): {error!r}")
    raise failure or Unreachable(code="server_unreachable", detail=host)


async def encrypt(
    transport: asyncio.Transport, protocol: asyncio.Protocol, context: ssl.SSLContext, host: str
) -> asyncio.Transport:
    """Start TLS with a server that proves to be `host`; `protocol` takes over. Raises TlsFailed or Unreachable."""
    try:
        encrypted = await asyncio.get_running_loop().start_tls(
            transport, protocol, context, server_hostname=host, ssl_handshake_timeout=CONNECT_S
        )
    except ssl.SSLError as error:
        transport.abort()
        raise TlsFailed(code="tls_invalid", detail=repr(error)) from error
    except OSError as error:
        transport.abort()
        raise Unreachable(code="connection_broken", detail=repr(error)) from error
    except BaseException:
        transport.abort()
        raise
    if encrypted is None:
        raise Unreachable(code="connection_broken", detail="during the TLS handshake")
    return encrypted
