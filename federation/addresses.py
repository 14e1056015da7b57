"""Web origins of hosts, and their IP addresses as keys for limits per address."""

import asyncio
from ipaddress import ip_network

from core.config import config
from core.http import FetchError, client, parse_url


def origin_of(host: str) -> str:
    """Return the web origin of a host: one with a port uses plain HTTP where that is allowed (users/domains/models.py)."""
    return f"{'http' if ':' in host and config().allow_http else 'https'}://{host}"


async def first_address(host: str, limit_s: float) -> str:
    """Return the first IP address of a host (for IPv6 its network); "" if the name can't be resolved, which the request itself will report."""
    try:
        name = parse_url(f"https://{host}/", allow_http=config().allow_http).host
        async with asyncio.timeout(limit_s):
            first = (await client().addresses(name))[0]
    except (FetchError, TimeoutError):
        return ""
    return str(first if first.version == 4 else ip_network((first, 64), strict=False))
