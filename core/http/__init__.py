"""Outbound HTTP, and JSON from strangers.

`client()` is the process's one `Client`; a test makes its own with the networks it allows.
"""

import asyncio

from core.config import config
from core.http.addresses import check_host
from core.http.errors import (
    AddressProblem,
    AddressRefused,
    AnswerTooLarge,
    BadAnswer,
    BadRedirect,
    BadUrl,
    FetchError,
    NameNotFound,
    OwnFault,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from core.http.json import MalformedJson
from core.http.outbound import Client, Response, Sign, user_agent
from core.http.resolver import Resolver, SystemResolver
from core.http.url import Url, parse_url

__all__ = [
    "AddressProblem",
    "AddressRefused",
    "AnswerTooLarge",
    "BadAnswer",
    "BadRedirect",
    "BadUrl",
    "Client",
    "FetchError",
    "MalformedJson",
    "NameNotFound",
    "OwnFault",
    "Resolver",
    "Response",
    "Sign",
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

_current: tuple[asyncio.AbstractEventLoop, Client] | None = None


def client() -> Client:
    """The client of this process, made from the configuration at the first call in the running event loop."""
    global _current
    loop = asyncio.get_running_loop()
    if _current is None or _current[0] is not loop:
        settings = config()
        if _current is not None:
            _current[1].abandon()
        made = Client(
            resolver=SystemResolver(settings.resolve),
            allowed_networks=settings.allowed_networks,
            allow_http=settings.allow_http,
        )
        _current = (loop, made)
    return _current[1]


async def close_client() -> None:
    """Close the connections of this process's client; the next `client()` makes a new one."""
    global _current
    if _current is not None:
        _, open_client = _current
        _current = None
        await open_client.aclose()
