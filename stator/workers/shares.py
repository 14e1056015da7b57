"""How bulk work (hundreds of requests in the air) shares the worker's one thread with batches.

A batch needs the loop once for each answer of the database, and each time finds before it whatever else is ready. With hundreds of
deliveries ready at any moment it crawled: 71 messages beside 5,183 deliveries. So bulk work asks before each piece, and while a
batch runs its pieces are spaced to take about half of the time.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from core.server_state import PerServer

SHORTEST_SPACE_S = 0.002  # twice what a delivery costs (benchmarks/deliveries.py)
_LONGEST_SPACE_S = 0.02
_QUIET_S = 0.05  # so long no batch runs before those that wait go on


class Shares:
    """`batch()` marks a batch that runs; `bulk()` is awaited before each piece of bulk work."""

    def __init__(self) -> None:
        self._batches = 0
        self._space_s = SHORTEST_SPACE_S
        self._next_at = 0.0
        self._ended = asyncio.Event()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Count a batch, from its state_worker's wake-up to its end."""
        self._batches += 1
        try:
            yield
        finally:
            self._batches -= 1
            if not self._batches:
                asyncio.get_running_loop().call_later(_QUIET_S, self._let_go)

    async def bulk(self) -> None:
        """Return at once while no batch runs, else in turn, one piece after the other, until the batches have ended."""
        if not self._batches:
            return
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + self._space_s
        with suppress(TimeoutError):
            async with asyncio.timeout(at - now):
                await self._ended.wait()
        # a loop that comes late has more to do than pieces this close together allow
        is_late = asyncio.get_running_loop().time() - at > self._space_s
        factor = 1.5 if is_late else 0.9
        self._space_s = min(_LONGEST_SPACE_S, max(SHORTEST_SPACE_S, self._space_s * factor))

    def _let_go(self) -> None:
        """Let everybody go on: the times given out to hundreds would hold the last of them up for seconds after the batches."""
        if not self._batches:  # a state_worker with more to do begins its next one at once
            self._ended.set()
            self._ended = asyncio.Event()
            self._next_at = 0.0


shares = PerServer(Shares)
