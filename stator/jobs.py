"""Jobs that run again and again, in one worker at a time: `@every(timedelta(minutes=5), name="repair_counts")`."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.db import own_connection, release_connection, sql
from core.logs import get_logger
from stator.handlers import HandlerError
from stator.moves import error_text, tidy

log = get_logger(__name__)

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
    """Decorator: the worker runs this async function every `interval` (one worker, one run at a time), for at most `timeout`.

    It has a database connection of its own and no transaction. A worker that dies in it leaves it to the next after `timeout`.
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


async def announce(jobs: Iterable[Job]) -> None:
    """Every job has its row; a new one is due at once."""
    await sql.run(
        "INSERT INTO stator_job (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
        ([job.name for job in jobs],),
    )


async def run_due(jobs: Iterable[Job]) -> float:
    """Run each of the jobs that is due and not running elsewhere, one after the other; returns seconds until the next is due."""
    by_name = {job.name: job for job in jobs}
    for job in by_name.values():
        # the lease: nobody else starts it before this run is over or its time is up
        fence = await sql.value(
            """UPDATE stator_job SET started_at = now(), due_at = now() + greatest(%s::interval, %s::interval)
               WHERE name = %s AND due_at <= now() RETURNING started_at""",
            (job.interval, job.timeout, job.name),
        )
        if fence is not None:
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
    wait_s = await sql.value(
        "SELECT extract(epoch FROM min(due_at) - now())::float8 FROM stator_job WHERE name = ANY(%s)",
        (list(by_name),),
    )
    return 60.0 if wait_s is None else max(0.0, float(wait_s))


async def _run(job: Job) -> str | None:
    try:
        async with own_connection(), asyncio.timeout(job.timeout.total_seconds()):
            await job.function()
    except Exception as error:
        log.exception("stator.job_failed", job=job.name)
        return tidy(error_text(error))
    return None
