"""The task for one state of one model: it waits until rows are due, and takes turns with the other tasks."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core.db import CONNECTION_ERRORS
from core.logs import get_logger
from stator.graph import State
from stator.table import Table
from stator.updates import Update
from stator.workers.counters import Counters

log = get_logger(__name__)

NEVER = float("inf")
_LOCKED_S, _LOCKED_AT_MOST_S = 0.05, 1.0
_PAUSE_BASE_S, _PAUSE_CAP_S = 0.1, 5.0


def pause_s(failures: int) -> float:
    """Return how long to wait after the n-th consecutive failure of the engine itself (such as a lost database)."""
    return min(_PAUSE_CAP_S, _PAUSE_BASE_S * 2.0 ** min(failures - 1, 10)) * random.uniform(0.75, 1.25)  # noqa: S311


def connection_is_lost() -> bool:
    """Return whether this task's database connection was lost."""
    connection = async_connections[DEFAULT_DB_ALIAS].connection
    return connection is None or connection.closed


class Turns:
    """A fair limit: at most `count` state workers use the database at once, first come, first served."""

    def __init__(self, count: int) -> None:
        self._semaphore = asyncio.Semaphore(count)

    async def __aenter__(self) -> None:
        await self._semaphore.acquire()

    async def __aexit__(self, *error: object) -> None:
        self._semaphore.release()


class StateWorker:
    """Runs `turn` whenever the state has due rows. Subclasses define a turn, which returns whether there is more to do immediately."""

    def __init__(self, table: Table, state: State, turns: Turns, counters: Counters) -> None:
        self.table = table
        self.state = state
        self.turns = turns
        self.counters = counters
        self.look: Callable[[], None] | None = None  # asks the worker when the next row is due
        self.stopping = False
        self._woken = asyncio.Event()
        self._next_at = NEVER
        self._found_nothing = 0

    @property
    def name(self) -> str:
        return f"{self.table.label}.{self.state.name}"

    def wake(self, in_s: float = 0) -> None:
        """Look for due rows in `in_s` seconds, or at an earlier time that is already known."""
        # not the loop's time: uvloop's does not advance during a callback, and a state worker that probes too early finds nothing and
        # sleeps on
        at = time.monotonic() + max(0.0, in_s)
        if at < self._next_at:
            self._next_at = at
            self._woken.set()

    def emptied(self) -> None:
        """Probe again soon: everything due was claimed, but the look at the table reports only the earliest row."""
        if self.look is not None:
            self.look()

    def found_nothing(self) -> None:
        """Probe again a little later: due rows may have been locked, and the lock's holder may leave them unchanged, which sends no wake-up."""
        if self.look is not None:
            pause_s = min(_LOCKED_AT_MOST_S, _LOCKED_S * 2.0 ** min(self._found_nothing, 10))
            self._found_nothing += 1
            asyncio.get_running_loop().call_later(pause_s, self.look)

    def found_some(self) -> None:
        """Reset the back-off of empty probes."""
        self._found_nothing = 0

    def stop(self) -> None:
        """Stop after the current turn."""
        self.stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Take turns until stopped. No error ends it: the database may be unavailable, or a turn may fail."""
        failures = 0
        while await self._due():
            try:
                with self.share():
                    async with self.turns:
                        if self.stopping:
                            return
                        self._next_at = NEVER  # before the turn: a wake-up during it leads to another
                        if await self.turn():
                            self.wake()
                failures = 0
            except CONNECTION_ERRORS as error:
                failures += 1
                log.warning("stator.database_away", state_worker=self.name, error=error, failures=failures)
                self.wake(pause_s(failures))
            except Exception:
                failures += 1
                log.exception("stator.turn_failed", state_worker=self.name, failures=failures)
                self.wake(pause_s(failures))

    async def turn(self) -> bool:
        raise NotImplementedError

    def share(self) -> AbstractContextManager[object]:
        """Return the context that a state worker with due rows holds from its wake-up to the end of its turn."""
        return nullcontext()

    async def drain(self) -> None:
        """Wait for work that was started in a turn and is still running."""

    async def abandon(self) -> None:
        """Cancel running work when the drain time is over, and release leased rows."""

    def count(self, updates: Sequence[Update]) -> None:
        """Count written updates in the statistics, and wake this state worker for the first row to be retried."""
        self.counters.count(self.table.label, self.state.name, updates)
        waits = [update.due_s for update in updates if not update.leaves and update.due_s is not None]
        if waits:
            self.wake(min(waits))

    async def _due(self) -> bool:
        """Wait until there is something to do; return False when stopping."""
        while not self.stopping:
            wait_s = self._next_at - time.monotonic()
            if wait_s <= 0:
                return True
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if wait_s == NEVER else wait_s):
                    await self._woken.wait()
        return False
