"""A fair share of the worker for each host: messages beyond it are handled later, so that they don't delay those of other hosts.

Each host has a virtual clock, advanced by a fraction of a second per message. While it is not far ahead of real time, messages are due at
once; beyond that they are due at the time of that clock, in order of arrival. Kept in this process's memory, because it only spreads
load.
"""

import time

from core.errors import TooMany
from core.server_state import PerServer

PER_SECOND = 200.0
BURST_S = 5.0  # a host this far ahead is still served at once: a thousand messages
MAX_DELAY_S = 600.0  # a host further ahead than this is asked to retry later
_MAX_HOSTS = 20_000
_clocks: PerServer[dict[str, float]] = PerServer(dict)


def due_in_s(host: str) -> float:
    """Return in how many seconds to handle a message just received from this host. Raises TooMany for a flood."""
    now = time.monotonic()
    ahead = max(0.0, _clocks().get(host, 0.0) - now)
    if ahead > MAX_DELAY_S:
        raise TooMany(
            code="peer_too_fast",
            detail=f"{host}: {ahead:.0f} s ahead",
            retry_after_s=300,
        )
    if len(_clocks()) >= _MAX_HOSTS and host not in _clocks():
        for name in [name for name, at in _clocks().items() if at <= now]:
            del _clocks()[name]
    _clocks()[host] = now + ahead + 1 / PER_SECOND
    return max(0.0, ahead - BURST_S)
