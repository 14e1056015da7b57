"""Client addresses grouped by network for rate limits, because one subscriber holds a whole IPv6 /64."""

import ipaddress
from contextvars import ContextVar
from functools import lru_cache

client_network: ContextVar[str] = ContextVar("client_network", default="")
"""The network of the current request's client; empty outside of requests, as in the worker."""

SUBSCRIBER = 64
SITE = 48
SITE_FACTOR = 5
"""How much more than a subscriber's /64 a whole /48 may use: one holder of a site has 65,536 subnets, but many users may share one."""


@lru_cache(4096)
def network_of(address: str, prefix: int = SUBSCRIBER) -> str:
    """Return the key under which limits count `address`: the IPv4 address, the IPv6 network of `prefix` bits, or the text itself.

    Example: `2001:db8:1:2:3::4` is `2001:db8:1:2::/64`; `::ffff:192.0.2.1` is `192.0.2.1`.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> (128 - prefix) << (128 - prefix), prefix)))


def networks_of(address: str, limit: int) -> list[tuple[str, int]]:
    """Return the networks of an address, each with its limit: the subscriber's, and for IPv6 the site's looser one."""
    network, site = network_of(address), network_of(address, SITE)
    return [(network, limit)] if site == network else [(network, limit), (site, limit * SITE_FACTOR)]
