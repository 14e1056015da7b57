"""Periodic jobs, which run in one worker at a time: `@every(timedelta(minutes=5), name="repair_counts")`."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.db import own_connection, release_connection, sql
from core.logs import get_logger
from stator.handlers import HandlerError
from stator.updates import error_text, tidy

log = get_logger(__name__)

CONCURRENCY = 4  # each may hold a database connection
_LOOK_EVERY_S = 60.0
_PAUSE_S = 5.0

type JobFunction = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    interval: dt.timedelta
    timeout: dt.timedelta
    function: JobFunction


_jobs: dict[str, Job] = {}


def every(
    interval: dt.timedelta, *, name: str, timeout: dt.timedelta = dt.timedelta(minutes=10)
) -> Callable[[JobFunction], JobFunction]:
    """Register an async function that the worker runs every `interval` (one worker, one run at a time), for at most `timeout`.

    It has a database connection of its own and no transaction. If its worker dies the next one runs it after `timeout`.
    """

    def register(function: JobFunction) -> JobFunction:
        present = _jobs.get(name)
        if present is not None and present.function.__qualname__ != function.__qualname__:
            raise HandlerError(
                f"two jobs are named {name!r}: {present.function.__qualname__} and {function.__qualname__}"
            )
        if interval <= dt.timedelta():
            raise HandlerError(f"job {name!r} runs every {interval}; that must be more than zero")
        _jobs[name] = Job(name, interval, timeout, function)
        return function

    return register


def all_jobs() -> list[Job]:
    return list(_jobs.values())


async def insert_new_jobs(jobs: Iterable[Job]) -> None:
    """Insert a row for each new job, due at once."""
    await sql.run(
        "INSERT INTO stator_job (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
        ([job.name for job in jobs],),
    )


async def due_jobs(jobs: Iterable[Job]) -> tuple[list[Job], float]:
    """Return the jobs that may be due, and the seconds until the next of the others."""
    by_name = {job.name: job for job in jobs}
    rows = await sql.rows(
        """SELECT name, extract(epoch FROM due_at - now())::float8 FROM stator_job WHERE name = ANY(%s)""",
        (list(by_name),),
    )
    waits = {name: wait_s for name, wait_s in rows if 0 < wait_s <= _longest_wait_s(by_name[name])}
    due = [by_name[name] for name, _ in rows if name not in waits]
    return due, min(waits.values(), default=_LOOK_EVERY_S)


async def run(job: Job) -> None:
    """Run a job if it is due and not running elsewhere. Needs a connection of its own; the job gets another."""
    # The lease: no other worker starts it before this run is over or its time is up. A due time beyond any lease or interval was written
    # while the clock was ahead: without the last condition the job would wait until then.
    fence = await sql.value(
        """UPDATE stator_job SET started_at = now(), due_at = now() + greatest(%(interval)s::interval, %(timeout)s::interval)
           WHERE name = %(name)s AND (due_at <= now()
               OR due_at > now() + greatest(%(interval)s::interval, %(timeout)s::interval)) RETURNING started_at""",
        {"name": job.name, "interval": job.interval, "timeout": job.timeout},
    )
    if fence is None:
        return
    await release_connection()
    try:
        error = await _run(job)
    except asyncio.CancelledError:  # the worker stops: the next one starts it again
        await sql.run(
            "UPDATE stator_job SET due_at = now() WHERE name = %s AND started_at = %s",
            (job.name, fence),
        )
        raise
    await sql.run(
        """UPDATE stator_job SET finished_at = now(), error = %s, due_at = greatest(now(), started_at + %s::interval)
           WHERE name = %s AND started_at = %s""",
        (error, job.interval, job.name, fence),
    )


class JobRunner:
    """Runs due jobs concurrently, so that a long one delays no other. `run` ends only by cancellation."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = list(jobs)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._ended = asyncio.Event()

    async def run(self) -> None:
        try:
            while True:
                self._ended.clear()
                async with own_connection():
                    due, wait_s = await due_jobs(job for job in self._jobs if job.name not in self._running)
                for job in due:
                    self._start(job)
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(wait_s + 0.01, _LOOK_EVERY_S)):
                        await self._ended.wait()
        finally:
            tasks = list(self._running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._run(job), name=f"stator:job:{job.name}")
        self._running[job.name] = task
        task.add_done_callback(lambda _: self._forget(job))

    def _forget(self, job: Job) -> None:
        del self._running[job.name]
        self._ended.set()

    async def _run(self, job: Job) -> None:
        try:
            async with self._slots, own_connection():
                await run(job)
        except Exception:  # the database is unavailable: the lease expires by itself
            log.exception("stator.job_not_noted", job=job.name)
            await asyncio.sleep(_PAUSE_S)


def _longest_wait_s(job: Job) -> float:
    return max(job.interval, job.timeout).total_seconds()


async def _run(job: Job) -> str | None:
    try:
        async with own_connection(), asyncio.timeout(job.timeout.total_seconds()):
            await job.function()
    except Exception as error:
        log.exception("stator.job_failed", job=job.name)
        return tidy(error_text(error))
    return None
