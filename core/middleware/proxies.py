"""The client's address, scheme and host as a trusted proxy forwards them."""

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from django.http import HttpResponse

from core.asgi.application import Middleware, Next
from core.asgi.request import Request
from core.config.values import IpNetwork
from core.hosts.networks import client_network, network_of

_DRESSED = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?|([^:\[\]]*):\d{1,5}", re.ASCII)  # with brackets or a port
UNKNOWN = "unknown"
"""The client address if a proxy forwarded something invalid, or nothing."""


def _address(text: str) -> str:
    """Return an entry of X-Forwarded-For as a plain address: without a port or brackets. Raises ValueError."""
    text = text.strip()
    dressed = _DRESSED.fullmatch(text)
    address = ipaddress.ip_address(dressed[1] or dressed[2] if dressed else text)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def network_matcher(networks: tuple[IpNetwork, ...]) -> Callable[[str], bool]:
    """Return a predicate: whether a peer's address is in one of `networks`."""

    @lru_cache(1024)
    def trusted(address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(_address(address))
        except ValueError:
            return not address  # a Unix socket has no address: only a local proxy connects through it
        return any(parsed in network for network in networks)

    return trusted


class Forwarded(NamedTuple):
    """The client's address, and the scheme and host of its request to the proxy; None if the peer is not trusted."""

    client: str
    scheme: str | None
    host: str | None


type ForwardedBy = Callable[[str, str | None, str | None, str | None], Forwarded]


def forwarded_by(networks: tuple[IpNetwork, ...]) -> ForwardedBy:
    """Return a function of the peer's address and X-Forwarded-For, -Proto and -Host, which are trusted from `networks` only.

    X-Forwarded-For is read from the right: the first address that is not a trusted proxy is the client. Everything left of it was written
    by the client and proves nothing. An invalid entry makes the client UNKNOWN, which no rule trusts, as does an empty header: falling
    back to the proxy's own address would let the request pass as a local one.
    """
    trusted = network_matcher(networks)

    def read(peer: str, addresses: str | None, scheme: str | None, host: str | None) -> Forwarded:
        if (addresses is None and not scheme and not host) or not trusted(peer):
            return Forwarded(peer, None, None)
        last = scheme.rsplit(",", 1)[-1].strip().lower() if scheme else ""
        return Forwarded(
            peer if addresses is None else _client(addresses, peer),
            last if last in {"http", "https"} else None,
            host.rsplit(",", 1)[-1].strip() if host else None,
        )

    def _client(forwarded: str, peer: str) -> str:
        client = peer
        for entry in reversed(forwarded.split(",")):
            try:
                client = _address(entry)
            except ValueError:
                return UNKNOWN
            if not trusted(client):
                break
        return client

    return read


def trusted_proxies(networks: tuple[IpNetwork, ...]) -> Middleware:
    """Give requests the client's address, scheme and host as `forwarded_by` finds them, and drop the headers."""
    read = forwarded_by(networks)

    async def proxies(request: Request, call: Next) -> HttpResponse:
        meta = request.META
        client, scheme, host = read(
            request.client_address,
            meta.pop("HTTP_X_FORWARDED_FOR", None),
            meta.pop("HTTP_X_FORWARDED_PROTO", None),
            meta.pop("HTTP_X_FORWARDED_HOST", None),
        )
        if client != request.client_address:
            meta["REMOTE_ADDR"] = request.client_address = client
        if scheme is not None:
            request.scope["scheme"] = scheme
        if host is not None:
            meta["HTTP_HOST"] = host
        token = client_network.set(network_of(client) or UNKNOWN)
        try:
            return await call(request)
        finally:
            client_network.reset(token)

    return proxies
