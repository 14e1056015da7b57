"""A memory budget, in bytes, for the response bodies that all requests of a client read concurrently.

Small bodies are not counted, because the number of requests bounds them. A larger body reserves its full size before more of it is read,
so no request waits for memory while holding some.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator

from core.http.errors import MemoryBudgetExceeded

FREE_BYTES = 64 * 1024  # of each body: nearly all documents
MAX_TOTAL_BYTES = 32 * 1024 * 1024  # of all larger ones together
GRACE_PERIOD_S = 2.0  # a reservation held for longer is revoked when others wait
MAX_WAIT_S = 4.0  # counts towards the request's own time limit


class Reservation:
    """The memory reserved for one body."""

    __slots__ = ("_budget", "ends", "held", "is_revoked", "since")

    def __init__(self, budget: "MemoryBudget", ends: asyncio.Timeout) -> None:
        self._budget = budget
        self.ends = ends
        self.held = 0
        self.since = 0.0
        self.is_revoked = False

    async def reserve(self, size: int) -> None:
        """Wait until the body may become as large as `size`. Does nothing on a second call. Raises MemoryBudgetExceeded."""
        if not self.held:
            await self._budget.reserve(self, size)

    def revoke(self) -> None:
        """Cancel the reading of the body."""
        if not self.is_revoked:
            self.is_revoked = True
            self.ends.reschedule(asyncio.get_running_loop().time())


class MemoryBudget:
    """The reservations of a client. Waiting requests are served in order of arrival."""

    def __init__(self, most_bytes: int = MAX_TOTAL_BYTES) -> None:
        self._most = most_bytes
        self._reservations: dict[Reservation, None] = {}  # the longest held first
        self._waiting: deque[asyncio.Event] = deque()
        self.held = 0
        self.highest = 0

    @contextlib.asynccontextmanager
    async def reservation(self) -> AsyncIterator[Reservation]:
        """Yield a reservation for the body that the block reads. Raises MemoryBudgetExceeded if it was revoked for other requests."""
        ends = asyncio.timeout(None)
        reservation = Reservation(self, ends)
        try:
            async with ends:
                try:
                    yield reservation
                finally:
                    self._release(reservation)
        except TimeoutError as error:
            if not reservation.is_revoked:
                raise
            raise MemoryBudgetExceeded(
                code="no_room_for_answer", detail="it was slow, and others waited"
            ) from error

    async def reserve(self, reservation: Reservation, size: int) -> None:
        """Wait until `size` bytes are free, and reserve them. Raises MemoryBudgetExceeded."""
        size = min(size, self._most)
        if self._waiting or self.held + size > self._most:
            await self._wait(size)
        reservation.held, reservation.since = size, time.monotonic()
        self.held += size
        self.highest = max(self.highest, self.held)
        self._reservations[reservation] = None

    async def _wait(self, size: int) -> None:
        turn = asyncio.Event()
        self._waiting.append(turn)
        until = time.monotonic() + MAX_WAIT_S
        try:
            while self._waiting[0] is not turn or self.held + size > self._most:
                wait_s = until - time.monotonic()
                if wait_s <= 0:
                    raise MemoryBudgetExceeded(
                        code="no_room_for_answer", detail=f"{self.held} bytes are held"
                    )
                if self._waiting[0] is turn:
                    wait_s = min(wait_s, self._revoke_slowest())
                turn.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await turn.wait()
        finally:
            self._waiting.remove(turn)
            self._wake_next()

    def _revoke_slowest(self) -> float:
        """Revoke the oldest reservation if its grace period is over. Return how long to wait before checking again."""
        slow = next((reservation for reservation in self._reservations if not reservation.is_revoked), None)
        if slow is None:
            return GRACE_PERIOD_S
        rest_s = slow.since + GRACE_PERIOD_S - time.monotonic()
        if rest_s > 0:
            return rest_s
        slow.revoke()
        return 0.01

    def _release(self, reservation: Reservation) -> None:
        if reservation in self._reservations:
            del self._reservations[reservation]
            self.held -= reservation.held
            self._wake_next()

    def _wake_next(self) -> None:
        if self._waiting:
            self._waiting[0].set()
