"""Shared by both benchmarks of the engine: a database of their own, one model, the engine in one process, medians."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from benchmarks.support.common import report
from benchmarks.support.database import migrated_database

ROUNDS = 3


def with_database[T](work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `work` with Django set up on a new embedded database (durable, as in production), which is deleted afterwards."""
    with migrated_database(settings="tests.stator.app.settings", migrate=("-m", "tests.stator.app.migrate")):
        import django
        import uvloop

        django.setup()
        return uvloop.run(work())


async def fill(rows: int, state: str) -> None:
    from core.db import sql

    await sql.run("TRUNCATE stator_tests_parcel")
    await sql.run(
        "INSERT INTO stator_tests_parcel (state) SELECT %s FROM generate_series(1, %s::int)", (state, rows)
    )
    await sql.run("VACUUM ANALYZE stator_tests_parcel")


async def engine(rows: int, final: str) -> float:
    """Return the seconds until a worker has moved all rows to `final`."""
    from core.db import own_connection, sql
    from stator.workers.worker import Worker
    from tests.stator.app.models import Parcel

    worker = Worker([Parcel], with_jobs=False)
    stop = asyncio.Event()
    start = time.perf_counter()
    task = asyncio.create_task(worker.run(stop))
    while worker.counters.rows_done < rows:
        assert time.perf_counter() - start < 120, "the engine does not get on"
        await asyncio.sleep(0.005)
    took = time.perf_counter() - start
    stop.set()
    await task
    async with own_connection():
        assert await sql.value("SELECT count(*) FROM stator_tests_parcel WHERE state = %s", (final,)) == rows
    return took


async def compare(
    name: str,
    rows: int,
    ours: Callable[[], Awaitable[float]],
    plain: Callable[[], Awaitable[float]],
    at_least: float,
) -> None:
    """Run both in turn, several times; print the rates and the ratio of the medians."""
    mine, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(await plain())
        mine.append(await ours())
    report(name, rows / statistics.median(mine), rows / statistics.median(theirs), at_least)
