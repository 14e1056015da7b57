"""Leased handlers: rows are leased for a time, handled concurrently outside any transaction, and updated under a fence.

The fence is the end of the lease, stored in the row: a worker that is too late finds another value there and writes nothing.
"""

import asyncio
import datetime as dt
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.db import CONNECTION_ERRORS, async_atomic, own_connection, release_connection
from core.logs import get_logger
from stator.handlers import Each
from stator.updates import Update, check_outcome, error_to_update, lost_to_update, outcome_to_update
from stator.workers.state_worker import StateWorker, connection_is_lost, pause_s

log = get_logger(__name__)

_MARGIN = 0.9  # the handler's fraction of the lease; the rest is for writing its outcome


@dataclass(eq=False, slots=True)
class LeasedRow:
    """A row under lease in this worker."""

    row: Any
    fence: dt.datetime
    until: float  # the loop's time at which the lease ends
    attempt: int


class RowWorker(StateWorker):
    """Handles up to `concurrency` rows at once. Outcomes without an effect are written together."""

    _last_fair: Any = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._tasks: dict[asyncio.Task[None], LeasedRow] = {}
        self._finished: list[tuple[LeasedRow, Update]] = []
        self._wants_more = False
        self._writing: asyncio.Task[None] | None = None

    @property
    def handler(self) -> Each:
        handler = self.state.handler
        assert isinstance(handler, Each)
        return handler

    async def turn(self) -> bool:
        handler = self.handler
        free = handler.concurrency - len(self._tasks)
        taken, claimed = await self._take(free) if free > 0 else ([], 0)
        if (rank := handler.rank) is not None:
            taken.sort(key=lambda each: rank(each.row))
        for each in taken:
            task = asyncio.create_task(self._handle(each), name=f"{self.name}:{each.row.pk}")
            self._tasks[task] = each
            task.add_done_callback(self._done)
        waits_for_own = free <= 0 or (handler.fair_by is not None and bool(self._tasks))
        if 0 < claimed < free:
            self.emptied()
        if claimed:
            self.found_some()
        elif not waits_for_own:
            self.found_nothing()
        # whether there may be rows beyond the free slots: the next finished row claims again
        self._wants_more = claimed >= free or waits_for_own
        return self._wants_more and not self._tasks

    async def drain(self) -> None:
        while waiting := [*self._tasks, *([self._writing] if self._writing else [])]:
            await asyncio.wait(waiting)

    async def abandon(self) -> None:
        """Cancel running handlers and make their rows due at once, for the next worker."""
        running = dict(self._tasks)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=0.5)
            async with own_connection():
                await self.table.release(self.state, [(each.row.pk, each.fence) for each in running.values()])
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=0.5)

    async def _take(self, free: int) -> tuple[list[LeasedRow], int]:
        """Claim at most `free` rows under lease. Returns them without those leased too often, and how many were claimed in total."""
        handler = self.handler
        until = asyncio.get_running_loop().time() + handler.lease.total_seconds()
        async with own_connection():
            async with async_atomic():
                rows = await self._lock(free)
                fence = await self.table.lease([row.pk for row in rows], handler.lease) if rows else None
            if fence is None:
                return [], 0
            taken = [LeasedRow(row, fence, until, row.state_attempts + 1) for row in rows]
            limit = self.state.max_attempts
            worn = [each for each in taken if limit is not None and each.attempt > limit]
            if worn:
                await self._write([(each, lost_to_update(self.state, each.attempt)) for each in worn])
        return [each for each in taken if each not in worn] if worn else taken, len(rows)

    async def _lock(self, free: int) -> list[Any]:
        column = self.handler.fair_by
        if column is None:
            return await self.table.lock_due(self.state, free)
        running = Counter(getattr(each.row, column) for each in self._tasks.values())
        found: list[Any] = []
        # from where we were to the end, then from the beginning
        for start in dict.fromkeys((self._last_fair, None)):
            found += await self.table.lock_due_fairly(
                self.state,
                free - len(found),
                column=column,
                share=self.handler.fair_share,
                running=running + Counter(getattr(row, column) for row in found),
                after=start,
                without=[row.pk for row in found],
            )
            if len(found) >= free:
                break
        self._last_fair = getattr(found[-1], column) if found else None
        return found

    async def _handle(self, each: LeasedRow) -> None:
        async with own_connection():
            try:
                async with asyncio.timeout(self.handler.lease.total_seconds() * _MARGIN):
                    answer = await self.handler.function(each.row)
                update: Update | None = outcome_to_update(self.state, each.attempt, check_outcome(answer))
            except Exception as error:
                if isinstance(error, CONNECTION_ERRORS) and connection_is_lost():
                    await self._give_back(each)  # not the row's fault
                    return
                log.exception("stator.handler_failed", state_worker=self.name, row=str(each.row.pk))
                update = error_to_update(self.state, each.attempt, error)
            if update is not None and update.effect is not None:
                update = await self._update_with_effect(each, update)
        if update is not None:
            self._finished.append((each, update))
            if self._writing is None:
                self._writing = asyncio.create_task(self._write_finished(), name=f"{self.name}:write")

    async def _give_back(self, each: LeasedRow) -> None:
        """Release the row without counting an attempt, once the database is reachable; otherwise the lease expires by itself."""
        loop, failures = asyncio.get_running_loop(), 0
        while loop.time() < each.until:
            await release_connection()
            failures += 1
            await asyncio.sleep(pause_s(failures))
            with suppress(*CONNECTION_ERRORS):  # still away: the next round tries again
                await self.table.release(self.state, [(each.row.pk, each.fence)])
                return

    async def _update_with_effect(self, each: LeasedRow, update: Update) -> Update | None:
        """Update the row and run the effect in one transaction; returns the update that is still to be written if the effect raised."""
        assert update.effect is not None
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            try:
                async with async_atomic():
                    if not await self.table.apply_leased(self.state, [(each.row.pk, update)], [each.fence]):
                        log.info("stator.lease_lost", state_worker=self.name, row=str(each.row.pk))
                        return None
                    await update.effect()
                self.count([update])
                return None
            except CONNECTION_ERRORS as error:
                # Was it committed? The fence tells: if so, the second attempt finds the row moved and does nothing.
                await release_connection()
                failures += 1
                wait_s = pause_s(failures)
                if loop.time() + wait_s > each.until:
                    log.warning(
                        "stator.database_away", state_worker=self.name, row=str(each.row.pk), error=error
                    )
                    return None
                await asyncio.sleep(wait_s)
            except Exception as error:
                log.exception("stator.effect_failed", state_worker=self.name, row=str(each.row.pk))
                return error_to_update(self.state, each.attempt, error)

    async def _write_finished(self) -> None:
        """Write outcomes until there are none: while one statement runs, the next ones are collected."""
        try:
            while self._finished:  # checked again after the connection is returned: there may be new ones
                async with own_connection():
                    await self._write_gathered()
        finally:
            self._writing = None

    async def _write_gathered(self) -> None:
        loop, failures = asyncio.get_running_loop(), 0
        while self._finished:
            batch, self._finished = self._finished, []
            try:
                await self._write(batch)
                failures = 0
            except CONNECTION_ERRORS as error:
                await release_connection()
                failures += 1
                log.warning("stator.database_away", state_worker=self.name, error=error, failures=failures)
                self._finished = [item for item in batch if item[0].until > loop.time()] + self._finished
                await asyncio.sleep(pause_s(failures))
            except Exception:  # their leases will expire by themselves
                log.exception("stator.write_failed", state_worker=self.name, rows=len(batch))

    async def _write(self, batch: list[tuple[LeasedRow, Update]]) -> None:
        updates = [(each.row.pk, update) for each, update in batch]
        written = await self.table.apply_leased(self.state, updates, [each.fence for each, _ in batch])
        self.count([update for pk, update in updates if pk in written])
        if len(written) < len(updates):
            log.info("stator.lease_lost", state_worker=self.name, rows=len(updates) - len(written))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("stator.task_failed", state_worker=self.name, error=error)
        if self._wants_more:
            self.wake()
