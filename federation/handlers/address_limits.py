"""A limit per IP address: at most a few hosts in doubt at one address are tried at once, however many names resolve to it."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.server_state import PerServer
from federation.addresses import first_address

_AT_ONCE = 10  # also for all hosts that don't resolve: their address is ""
_APART_S = 0.2  # hosts without a place are retried one after another
_MAX_S = 60.0
_running: PerServer[Counter[str]] = PerServer(Counter)
_back_at: PerServer[dict[str, float]] = PerServer(dict)


@asynccontextmanager
async def wait_for_address_s(host: str, limit_s: float) -> AsyncIterator[float]:
    """Yield 0.0 and hold a place at the host's address in the block, or yield the seconds until the next attempt."""
    address = await first_address(host, limit_s)
    if _running()[address] >= _AT_ONCE:
        now = asyncio.get_running_loop().time()
        at = max(now + 0.5, min(_back_at().get(address, 0.0) + _APART_S, now + _MAX_S))
        _back_at()[address] = at
        yield (at - now) * random.uniform(1, 1.1)  # noqa: S311 - spreads load
        return
    _running()[address] += 1
    try:
        yield 0.0
    finally:
        _running()[address] -= 1
        if not _running()[address]:
            del _running()[address]
            _back_at().pop(address, None)
