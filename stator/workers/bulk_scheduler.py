"""Fair sharing of the worker's event loop by bulk work (hundreds of concurrent requests): few pieces start at a time, by priority.

If hundreds of pieces start at once, all finish only at the end: the loop runs the first step of each, then the second of each. So a few
start in each iteration of the loop, which continues those started before. While a batch runs, it needs the loop once for each database
response, and pieces are spaced to take about half of the time (without that: 71 messages beside 5,183 deliveries).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from core.server_state import PerServer

MIN_SPACING_S = 0.002  # twice what a delivery costs (benchmarks/deliveries.py)
_MAX_SPACE_S = 0.02
_QUIET_S = 0.05  # without a batch for so long, the waiting pieces continue
_AT_ONCE = 1  # pieces started per iteration of the loop
_OLDEST_EVERY = 4  # one of so many is the piece that has waited longest


class BulkScheduler:
    """`batch()` marks a batch that runs; `bulk()` is awaited before each piece of bulk work."""

    def __init__(self) -> None:
        self._batches = 0
        self._space_s = MIN_SPACING_S
        self._next_at = 0.0  # while a batch runs
        self._begun = 0  # in this round of the loop, while none does
        self._released = 0
        self._waiting: dict[asyncio.Future[None], float] = {}  # rank of each, in the order they came
        self._next: asyncio.Handle | None = None

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Count a batch, from its wake-up to its end."""
        self._batches += 1
        try:
            yield
        finally:
            self._batches -= 1
            if not self._batches:
                asyncio.get_running_loop().call_later(_QUIET_S, self._let_go)

    async def bulk(self, rank: float = 0.0) -> None:
        """Wait for this piece's turn: lowest `rank` first, but every fourth turn is for the piece that has waited longest."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._may_begin(loop):
            self._count(loop)
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting[turn] = rank
        self._schedule(loop)
        try:
            await turn
        finally:
            self._waiting.pop(turn, None)

    def _may_begin(self, loop: asyncio.AbstractEventLoop) -> bool:
        return loop.time() >= self._next_at if self._batches else self._begun < _AT_ONCE

    def _count(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._batches:
            self._next_at = loop.time() + self._space_s
        else:
            self._begun += 1
            self._schedule(loop)

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._next is None:
            self._next = (
                loop.call_at(self._next_at, self._go_on) if self._batches else loop.call_soon(self._go_on)
            )

    def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        self._next, self._begun = None, 0
        if self._batches:
            # a late loop is too busy for pieces this close together
            is_late = loop.time() - self._next_at > self._space_s
            factor = 1.5 if is_late else 0.9
            self._space_s = min(_MAX_SPACE_S, max(MIN_SPACING_S, self._space_s * factor))
            self._next_at = min(self._next_at, loop.time())  # uvloop's timers are up to a millisecond early
        while self._waiting and self._may_begin(loop):
            self._released += 1
            longest = self._released % _OLDEST_EVERY == 0
            turn = next(iter(self._waiting)) if longest else min(self._waiting, key=self._waiting.__getitem__)
            del self._waiting[turn]
            if not turn.done():  # whoever asked was cancelled
                turn.set_result(None)
                self._count(loop)
        if self._waiting:
            self._schedule(loop)

    def _let_go(self) -> None:
        """Resume waiting pieces in the next loop iteration instead of at the time set during the batches."""
        if self._batches:  # a state worker with more to do begins its next one at once
            return
        self._next_at = 0.0
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if self._waiting:
            self._schedule(asyncio.get_running_loop())


bulk_scheduler = PerServer(BulkScheduler)
