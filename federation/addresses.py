"""Host addresses as keys for limits per address."""

import asyncio
from ipaddress import ip_network

from core.config import config
from core.http import FetchError, client, parse_url


async def address_of(host: str, limit_s: float) -> str:
    """Return the first address of a host, of IPv6 the network; "" when the name leads nowhere, as the request itself will say."""
    try:
        name = parse_url(f"https://{host}/", allow_http=config().allow_http).host
        async with asyncio.timeout(limit_s):
            first = (await client().addresses(name))[0]
    except (FetchError, TimeoutError):
        return ""
    return str(first if first.version == 4 else ip_network((first, 64), strict=False))
