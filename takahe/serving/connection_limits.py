"""How many connections the web process holds: in all, and from one client network.

One client with a thousand idle connections must not use up the files that the process may open: then nobody else gets in, and
the system says nothing about it.
"""

import resource
from collections import Counter
from collections.abc import Callable
from typing import Any

from core.hosts.networks import network_of
from core.logs import get_logger

log = get_logger(__name__)

PER_NETWORK = 600  # above the 500 streams that an address may hold
_SHARE_OF_FILES = 0.5  # the rest is for files being sent, outgoing requests and the database
_SHARE_OF_ONE = 0.25  # of all connections, where few files may be open


class ConnectionLimits:
    """Admits connections. When the process is full, the connection that has been idle longest makes room for the next one."""

    def __init__(self, *, total: int, per_network: int, is_trusted: Callable[[str], bool]) -> None:
        self.total = total
        self.per_network = per_network
        self._is_trusted = is_trusted
        self._networks: dict[Any, str] = {}  # of each open transport
        self._counts: Counter[str] = Counter()
        self._idle: dict[Any, None] = {}  # transports that wait for a request, longest first
        self._was_full = False

    def admit(self, transport: Any) -> bool:
        """Count a new connection. False: it has to be closed with an answer, and is not counted."""
        peer = transport.get_extra_info("peername")
        address = peer[0] if isinstance(peer, tuple) and peer else ""  # a Unix socket has none
        network = "" if not address or self._is_trusted(address) else network_of(address)
        if network and self._counts[network] >= self.per_network:
            log.info("connections.refused", network=network, open=self._counts[network])
            return False
        if len(self._networks) >= self.total and not self._make_room():
            return False
        self._networks[transport] = network
        self._counts[network] += 1
        self._idle[transport] = None
        return True

    def rest(self, transport: Any) -> None:
        """Note that the connection waits for its next request."""
        if transport in self._networks:
            self._idle[transport] = None

    def work(self, transport: Any) -> None:
        """Note that the connection has a request that runs, so that it is not closed to make room."""
        self._idle.pop(transport, None)

    def leave(self, transport: Any) -> None:
        """Forget a connection that has ended."""
        self._idle.pop(transport, None)
        network = self._networks.pop(transport, None)
        if network is None:
            return
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]
        if len(self._networks) < self.total // 2:
            self._was_full = False

    def open_from(self, address: str) -> int:
        """Return how many connections the client network of `address` holds."""
        return self._counts[network_of(address)]

    def _make_room(self) -> bool:
        if not self._was_full:
            self._was_full = True
            log.warning("connections.full", open=len(self._networks), idle=len(self._idle), limit=self.total)
        oldest = next(iter(self._idle), None)
        if oldest is None:
            return False
        self.leave(oldest)
        oldest.abort()
        return True


def limits_of_process(is_trusted: Callable[[str], bool]) -> ConnectionLimits:
    """Return the limits that this process's number of open files allows."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        files = 1_000_000
    total = max(16, int(files * _SHARE_OF_FILES))
    return ConnectionLimits(
        total=total,
        per_network=max(8, min(PER_NETWORK, int(total * _SHARE_OF_ONE))),
        is_trusted=is_trusted,
    )
