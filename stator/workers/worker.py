"""The worker: one task per active state, a listener for wake-ups, a slow poll as a safety net, periodic jobs, a heartbeat."""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

import stator.workers.tidying  # noqa: F401 - registers its job
from core.db import CONNECTION_ERRORS, own_connection, release_connection
from core.logs import get_logger
from core.metrics.exposition import Family
from stator import heartbeat, jobs
from stator.handlers import Batch
from stator.models import StatefulModel
from stator.registry import check_handlers, stateful_models
from stator.table import Table, table_of
from stator.triggers import install_triggers
from stator.workers.batch_worker import BatchWorker
from stator.workers.counters import Counters
from stator.workers.listener import listen
from stator.workers.reaper import Reaper
from stator.workers.row_worker import RowWorker
from stator.workers.state_worker import NEVER, StateWorker, Turns, pause_s

log = get_logger(__name__)

_GOODBYE_S = 1.0  # for each of four steps after the drain: with drain_s less than docker stop's ten seconds
_PROBE_PAUSE_S = 0.005  # many wake-ups are answered by one probe of the tables per this time


class Worker:
    """Runs every active state of `models` (default: all) until stopped. Several workers on one database share the load.

    `turns`: how many batches run at once, and separately how many claims of leased rows. `poll_s`: the safety net. `drain_s`: how long
    running handlers may take when stopping. `measure`: the metrics of this process, written with each heartbeat.
    """

    def __init__(
        self,
        models: Sequence[type[StatefulModel]] | None = None,
        *,
        turns: int = 4,
        poll_s: float = 5.0,
        beat_s: float = 5.0,
        drain_s: float = 5.0,
        with_jobs: bool = True,
        measure: Callable[[], Sequence[Family]] = tuple,
    ) -> None:
        self.id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.models = stateful_models() if models is None else list(models)
        check_handlers(self.models)
        self.poll_s = poll_s
        self.beat_s = beat_s
        self.drain_s = drain_s
        self._measure = measure
        self.counters = Counters()
        self.is_listening = asyncio.Event()
        self.jobs = jobs.all_jobs() if with_jobs else []
        self._tables: dict[str, Table] = {model._meta.db_table: table_of(model) for model in self.models}
        # turns of their own, so that slow batches don't keep the network handlers waiting
        batches, claims = Turns(turns), Turns(turns)
        self._state_workers: dict[str, list[StateWorker]] = {
            name: _state_workers(table, batches, claims, self.counters)
            for name, table in self._tables.items()
        }
        self._woken: set[str] = set()
        self._wake = asyncio.Event()
        for name, state_workers in self._state_workers.items():
            for state_worker in state_workers:
                state_worker.look = partial(self.wake, name)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then drain: running work is finished or released, nothing is lost."""
        state_workers = [
            state_worker for state_workers in self._state_workers.values() for state_worker in state_workers
        ]
        async with own_connection():
            await self._when_database_is_there(stop, self._prepare)
        log.info("stator.started", worker=self.id, state_workers=len(state_workers), jobs=len(self.jobs))
        tasks = [
            asyncio.create_task(state_worker.run(), name=state_worker.name) for state_worker in state_workers
        ]
        helpers = [
            asyncio.create_task(listen(self._heard, self.is_listening), name="stator:listen"),
            asyncio.create_task(self._look(), name="stator:look"),
            asyncio.create_task(self._beat(), name="stator:beat"),
            *([asyncio.create_task(self._run_jobs(), name="stator:jobs")] if self.jobs else []),
        ]
        try:
            await stop.wait()
        finally:
            log.info("stator.stopping", worker=self.id)
            for state_worker in state_workers:
                state_worker.stop()
            for task in helpers[:2]:
                task.cancel()
            await self._drain(state_workers, tasks)
            await _end(helpers)
            await self._say_goodbye()
            log.info("stator.stopped", worker=self.id, rows_done=self.counters.rows_done)

    def wake(self, table: str | None = None) -> None:
        """Probe `table` (None: all) for due rows now."""
        self._woken.update(self._tables if table is None else {table} & self._tables.keys())
        self._wake.set()

    _heard = wake

    async def _prepare(self) -> None:
        await install_triggers(self.models)
        await heartbeat.register(self.id)
        await jobs.insert_new_jobs(self.jobs)

    async def _when_database_is_there(
        self, stop: asyncio.Event, action: Callable[[], Awaitable[None]]
    ) -> None:
        failures = 0
        while not stop.is_set():
            try:
                await action()
                return
            except CONNECTION_ERRORS as error:
                await _forget_connection()
                failures += 1
                log.warning("stator.database_away", worker=self.id, error=error, failures=failures)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause_s(failures))

    async def _look(self) -> None:
        """Wake the state workers with due rows, now or later: after a NOTIFY those of its table, every `poll_s` all."""
        loop = asyncio.get_running_loop()
        next_poll, failures = 0.0, 0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, next_poll - loop.time())):
                    await self._wake.wait()
            self._wake.clear()
            names, self._woken = self._woken, set()
            if loop.time() >= next_poll:
                names, next_poll = set(self._tables), loop.time() + self.poll_s
            try:
                async with own_connection():
                    for name in sorted(names):
                        await self._look_at(name)
                failures = 0
            except CONNECTION_ERRORS as error:
                failures += 1
                log.warning("stator.database_away", worker=self.id, error=error, failures=failures)
                self.wake()
            await asyncio.sleep(pause_s(failures) if failures else _PROBE_PAUSE_S)

    async def _look_at(self, name: str) -> None:
        state_workers = self._state_workers[name]
        try:
            due = await self._tables[name].next_due(
                sorted({state_worker.state.name for state_worker in state_workers})
            )
        except CONNECTION_ERRORS:
            raise
        except Exception:  # a faulty table does not hide the others
            log.exception("stator.look_failed", table=name)
            return
        for state_worker in state_workers:
            wait_s = due.get(state_worker.state.name, NEVER)
            if wait_s != NEVER:
                state_worker.wake(wait_s)

    async def _beat(self) -> None:
        while True:
            try:
                async with own_connection():
                    await self.counters.save()
                    if back_s := await heartbeat.clock_went_back_s():
                        await self._catch_up(back_s)
                    await heartbeat.beat(self.id, self.counters.rows_done, self._measure())
            except CONNECTION_ERRORS as error:
                log.warning("stator.heartbeat_missed", worker=self.id, error=error)
            except Exception:
                log.exception("stator.heartbeat_failed", worker=self.id)
            await asyncio.sleep(self.beat_s)

    async def _catch_up(self, back_s: float) -> None:
        """Make rows due that were postponed while the clock was ahead; handlers postpone early ones again."""
        log.warning("stator.clock_set_back", worker=self.id, seconds=round(back_s))
        for name, table in self._tables.items():
            while await table.make_due_beyond(back_s - heartbeat.CLOCK_STEP_S):
                self.wake(name)

    async def _run_jobs(self) -> None:
        runner, failures = jobs.JobRunner(self.jobs), 0
        while True:
            try:
                await runner.run()
            except CONNECTION_ERRORS as error:
                failures += 1
                log.warning("stator.database_away", worker=self.id, error=error, failures=failures)
            except Exception:
                failures += 1
                log.exception("stator.jobs_failed", worker=self.id)
            await asyncio.sleep(pause_s(failures))

    async def _drain(self, state_workers: list[StateWorker], tasks: list[asyncio.Task[None]]) -> None:
        finishing = [
            asyncio.create_task(_finish(state_worker, task))
            for state_worker, task in zip(state_workers, tasks, strict=True)
        ]
        waiting = [*tasks, *finishing]
        _, late = await asyncio.wait(waiting, timeout=self.drain_s)
        for task in late:
            task.cancel()
        if late:
            log.warning("stator.drain_cut_short", worker=self.id, tasks=len(late))
            await asyncio.wait(late, timeout=_GOODBYE_S)
        abandoning = [
            asyncio.create_task(state_worker.abandon(), name=f"{state_worker.name}:abandon")
            for state_worker in state_workers
        ]
        done, late = await asyncio.wait(abandoning, timeout=_GOODBYE_S)
        for task in late:
            task.cancel()
        for task in done:
            if (error := task.exception()) is not None:  # their leases will end by themselves
                log.warning("stator.release_failed", task=task.get_name(), error=error)

    async def _say_goodbye(self) -> None:
        try:
            async with asyncio.timeout(_GOODBYE_S), own_connection():
                await self.counters.save()
                await heartbeat.end(self.id, self.counters.rows_done)
        except (TimeoutError, *CONNECTION_ERRORS) as error:
            log.warning("stator.heartbeat_missed", worker=self.id, error=error)


async def _finish(state_worker: StateWorker, task: asyncio.Task[None]) -> None:
    await asyncio.wait([task])  # its last turn may still start something
    await state_worker.drain()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for them, at most `_GOODBYE_S` seconds. A swallowed cancellation is repeated."""
    running, until = set(tasks), asyncio.get_running_loop().time() + _GOODBYE_S
    while running and asyncio.get_running_loop().time() < until:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_GOODBYE_S / 2)
    if running:
        log.warning("stator.helpers_stuck", tasks=sorted(task.get_name() for task in running))


async def _forget_connection() -> None:
    with suppress(*CONNECTION_ERRORS):  # returning a broken connection raises again
        await release_connection()


def _state_workers(table: Table, batches: Turns, claims: Turns, counters: Counters) -> list[StateWorker]:
    state_workers: list[StateWorker] = []
    for state in table.graph.states.values():
        if state.is_active:
            is_batch = isinstance(state.handler, Batch)
            kind, turns = (BatchWorker, batches) if is_batch else (RowWorker, claims)
            state_workers.append(kind(table, state, turns, counters))
        if not state.is_active or state.timeout_to is not None:
            state_workers.append(Reaper(table, state, batches, counters))
    return state_workers
