"""Limits for open connections of the web process: in total, and by client network.

A client with a thousand idle connections must not use up the process's file descriptors: then nobody else could connect, and the system
would not report it.
"""

import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from core.hosts.networks import network_of, networks_of
from core.logs import get_logger

log = get_logger(__name__)

PER_NETWORK = 600  # above the 500 streams that an address may hold
_SHARE_OF_FILES = 0.5  # the rest is for files being sent, outgoing requests and the database
_SHARE_OF_ONE = 0.25  # of all connections, where few files may be open
_SHARE_OF_SITE = 0.5
_FEW_LEFT = 0.9  # of the files: above it the operator is warned, because accept() fails silently
_COMPLAIN_EVERY_S = 10.0


class ConnectionLimits:
    """Admits connections. If the process is full, one is closed for the next: the one idle longest, or else the one whose request has
    received no new byte for longest.
    """

    def __init__(
        self, *, total: int, per_network: int, is_trusted: Callable[[str], bool], files: int = 0
    ) -> None:
        """Set the limits. `files`: how many the process may open; 0: unknown."""
        self.total = total
        self.per_network = per_network
        self._per_site = max(per_network, int(total * _SHARE_OF_SITE))  # one holder of a /48 has 65,536 /64s
        self._files = files
        self._is_trusted = is_trusted
        self._networks: dict[
            Any, list[str]
        ] = {}  # of each open transport: its network, for IPv6 its site, too
        self._counts: Counter[str] = Counter()
        self._idle: dict[Any, None] = {}  # transports that wait for a request, longest first
        self._receiving: dict[Any, None] = {}  # uploading a body, those idle longest first
        self._was_full = False
        self._complained_at = float("-inf")

    def admit(self, transport: Any) -> bool:
        """Count a new connection. False: it has to be closed with a response, and is not counted."""
        peer = transport.get_extra_info("peername")
        address = peer[0] if isinstance(peer, tuple) and peer else ""  # a Unix socket has none
        self._look_at_files(transport)
        networks: list[str] = []
        if address and not self._is_trusted(address):
            for network, limit in networks_of(address, self.per_network):
                if self._counts[network] >= min(limit, self._per_site):
                    log.info("connections.refused", network=network, open=self._counts[network])
                    return False
                networks.append(network)
        if len(self._networks) >= self.total and not self._make_room():
            return False
        self._networks[transport] = networks
        self._counts.update(networks)
        self._idle[transport] = None
        return True

    def rest(self, transport: Any) -> None:
        """Record that the connection waits for its next request."""
        if transport in self._networks:
            self._receiving.pop(transport, None)
            self._idle[transport] = None

    def take_in(self, transport: Any) -> None:
        """Record that a part of a request's body arrived, and more is expected."""
        if transport in self._networks:
            self._idle.pop(transport, None)
            self._receiving.pop(transport, None)
            self._receiving[transport] = None

    def work(self, transport: Any) -> None:
        """Record that the connection has a running request, so that it is not closed to make room."""
        self._idle.pop(transport, None)
        self._receiving.pop(transport, None)

    def leave(self, transport: Any) -> None:
        """Forget a connection that has ended."""
        self._idle.pop(transport, None)
        self._receiving.pop(transport, None)
        for network in self._networks.pop(transport, ()):
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
        oldest = next(iter(self._idle or self._receiving), None)
        if oldest is None:
            return False
        self.leave(oldest)
        oldest.abort()
        return True

    def _look_at_files(self, transport: Any) -> None:
        """Log that few files are left. A new one gets the lowest free number, so that a connection's number tells how many are open."""
        opened = transport.get_extra_info("socket")
        if not self._files or opened is None or opened.fileno() < self._files * _FEW_LEFT:
            return
        if time.monotonic() - self._complained_at > _COMPLAIN_EVERY_S:
            self._complained_at = time.monotonic()
            log.error(
                "files.few_left", open=opened.fileno(), limit=self._files, connections=len(self._networks)
            )


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
        files=files,
    )
