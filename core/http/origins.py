"""Open connections by host, with a limit per host and in total. Those idle longest are closed first."""

import asyncio
import time
from typing import Protocol

CONNECTIONS_PER_HOST = 10


class Connection(Protocol):
    def abort(self) -> None: ...


class OpenConnections:
    """The number of connections that are open."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Origin:
    """The connections to one scheme, host and port; `slots` bound them."""

    __slots__ = ("connections", "in_use", "slots", "used_at")

    def __init__(self) -> None:
        self.connections: set[Connection] = set()
        self.slots = asyncio.Semaphore(CONNECTIONS_PER_HOST)
        self.in_use = 0
        self.used_at = time.monotonic()

    def close(self) -> None:
        for connection in list(self.connections):
            connection.abort()
