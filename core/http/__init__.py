"""Outbound HTTP, and JSON from other servers.

`client()` is the process's `Client` for URLs from others, `operators_client()` the one for services configured by the operator; a test
creates its own with the networks it allows.
"""

import asyncio
from ipaddress import ip_network

from core.config import config
from core.http.addresses import IpNetwork, check_host
from core.http.dns.resolver import Resolver, SystemResolver
from core.http.errors import (
    AddressProblem,
    AddressRefused,
    BadRedirect,
    BadUrl,
    FetchError,
    InvalidResponse,
    LocalNetworkError,
    MemoryBudgetExceeded,
    NameNotFound,
    ResponseTooLarge,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from core.http.json import MalformedJson
from core.http.outbound import Client, Response, user_agent
from core.http.redirects import Sign
from core.http.stream import Stream
from core.http.url import Url, parse_url
from core.server_state import PerServer

__all__ = [
    "AddressProblem",
    "AddressRefused",
    "BadRedirect",
    "BadUrl",
    "Client",
    "FetchError",
    "InvalidResponse",
    "LocalNetworkError",
    "MalformedJson",
    "MemoryBudgetExceeded",
    "NameNotFound",
    "Resolver",
    "Response",
    "ResponseTooLarge",
    "Sign",
    "Stream",
    "SystemResolver",
    "TimedOut",
    "TlsFailed",
    "Unreachable",
    "Url",
    "check_host",
    "client",
    "close_client",
    "operators_client",
    "parse_url",
    "user_agent",
]

_clients: PerServer[dict[asyncio.AbstractEventLoop, Client]] = PerServer(dict)
_operators_clients: PerServer[dict[asyncio.AbstractEventLoop, Client]] = PerServer(dict)
_EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


def client() -> Client:
    """Return this server's client, created from the configuration on the first call in the running event loop."""
    settings = config()
    return _of_this_loop(_clients(), settings.allowed_networks, settings.allow_http)


def operators_client() -> Client:
    """Return the client for URLs in the settings, which may be in a private network and without TLS. Never for URLs from others."""
    return _of_this_loop(_operators_clients(), _EVERYWHERE, True)


def _of_this_loop(
    clients: dict[asyncio.AbstractEventLoop, Client], networks: tuple[IpNetwork, ...], allow_http: bool
) -> Client:
    loop = asyncio.get_running_loop()
    if loop not in clients:
        for of_ended_loop in clients.values():
            of_ended_loop.abandon()
        clients.clear()
        resolver = SystemResolver(config().resolve)
        clients[loop] = Client(resolver=resolver, allowed_networks=networks, allow_http=allow_http)
    return clients[loop]


async def close_client() -> None:
    """Close the connections of this server's clients; the next `client()` creates a new one."""
    for clients in (_clients(), _operators_clients()):
        while clients:
            await clients.popitem()[1].aclose()
