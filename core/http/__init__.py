"""Outbound HTTP, and JSON from other servers.

`client()` is the process's one `Client`; a test makes its own with the networks it allows.
"""

import asyncio

from core.config import config
from core.http.addresses import check_host
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
from core.http.resolver import Resolver, SystemResolver
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
    "parse_url",
    "user_agent",
]

_clients: PerServer[dict[asyncio.AbstractEventLoop, Client]] = PerServer(dict)


def client() -> Client:
    """Return this server's client, made from the configuration at the first call in the running event loop."""
    loop, clients = asyncio.get_running_loop(), _clients()
    if loop not in clients:
        settings = config()
        for of_ended_loop in clients.values():
            of_ended_loop.abandon()
        clients.clear()
        clients[loop] = Client(
            resolver=SystemResolver(settings.resolve),
            allowed_networks=settings.allowed_networks,
            allow_http=settings.allow_http,
        )
    return clients[loop]


async def close_client() -> None:
    """Close the connections of this server's client; the next `client()` makes a new one."""
    clients = _clients()
    while clients:
        await clients.popitem()[1].aclose()
