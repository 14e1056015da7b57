"""Jobs of the worker: when due, in one worker at a time, cut off when their time is up, and beside each other."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

import stator
from core.db import async_atomic, own_connection, sql
from stator import jobs

pytestmark = pytest.mark.anyio


async def test_a_job_runs_when_due_in_one_worker_at_a_time(errands: Any, wait_until: Any) -> None:
    runs: list[str] = []
    entered, may_end = asyncio.Event(), asyncio.Event()

    async def count() -> None:
        assert await sql.value("SELECT 1") == 1
        runs.append("ran")
        entered.set()
        await may_end.wait()

    async def stumble() -> None:
        raise RuntimeError("oh\nno")

    mine = [
        jobs.Job("count", timedelta(hours=1), timedelta(minutes=1), count),
        jobs.Job("stumble", timedelta(hours=1), timedelta(minutes=1), stumble),
    ]
    await jobs.insert_new_jobs(mine)
    await jobs.insert_new_jobs(mine)

    async def first() -> None:
        async with own_connection():
            for job in mine:
                await jobs.run(job)

    task = asyncio.create_task(first())
    await asyncio.wait_for(entered.wait(), 5)
    await jobs.run(mine[0])  # another worker, while the first is at it
    may_end.set()
    await task
    due, wait_s = await jobs.due_jobs(mine)
    assert due == []
    assert 3590 < wait_s <= 3600
    assert runs == ["ran"]
    rows = await sql.rows("SELECT name, error, finished_at IS NOT NULL FROM stator_job ORDER BY name")
    assert rows == [("count", None, True), ("stumble", "RuntimeError: oh no", True)]
    await sql.run("UPDATE stator_job SET due_at = now() WHERE name = 'count'")
    assert (await jobs.due_jobs(mine))[0] == mine[:1]
    await jobs.run(mine[0])
    assert runs == ["ran", "ran"]


async def test_a_job_that_hangs_holds_no_other_up(errands: Any, wait_until: Any) -> None:
    """Hourly trimming that never ended once kept hosts from being woken every 30 seconds."""
    ran: list[str] = []

    async def hang() -> None:
        await asyncio.Event().wait()

    async def count() -> None:
        ran.append("ran")

    mine = [
        jobs.Job("hang", timedelta(hours=1), timedelta(minutes=1), hang),
        jobs.Job("count", timedelta(milliseconds=20), timedelta(milliseconds=20), count),
    ]
    await jobs.insert_new_jobs(mine)
    running = asyncio.create_task(jobs.JobRunner(mine).run())
    await wait_until(lambda: len(ran) >= 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await sql.value("SELECT due_at <= now() FROM stator_job WHERE name = 'hang'")


async def test_a_job_is_cut_off_when_its_time_is_up(errands: Any, wait_until: Any) -> None:
    """What it was doing is taken back, the reason is kept, and it runs again when it is due."""
    begun: list[str] = []

    async def write_and_hang() -> None:
        begun.append("begun")
        async with async_atomic():
            await sql.run("INSERT INTO stator_job (name) VALUES ('half done')")
            await asyncio.Event().wait()

    mine = [jobs.Job("hang", timedelta(milliseconds=50), timedelta(milliseconds=50), write_and_hang)]
    await jobs.insert_new_jobs(mine)
    running = asyncio.create_task(jobs.JobRunner(mine).run())
    await wait_until(lambda: len(begun) >= 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "TimeoutError" in await sql.value("SELECT error FROM stator_job WHERE name = 'hang'")
    assert await sql.value("SELECT count(*) FROM stator_job WHERE name = 'half done'") == 0


async def test_a_clock_that_was_ahead_stops_no_job(errands: Any, wait_until: Any) -> None:
    ran = asyncio.Event()

    async def work() -> None:
        ran.set()

    mine = [jobs.Job("work", timedelta(hours=1), timedelta(minutes=1), work)]
    await jobs.insert_new_jobs(mine)
    await sql.run("UPDATE stator_job SET due_at = now() + interval '10 days', started_at = now()")
    running = asyncio.create_task(jobs.JobRunner(mine).run())
    await asyncio.wait_for(ran.wait(), 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_job_cut_off_by_the_end_of_its_worker_starts_again_in_the_next(
    errands: Any, working: Any
) -> None:
    entered = asyncio.Event()

    async def hang() -> None:
        entered.set()
        await asyncio.sleep(60)

    mine = [jobs.Job("hang", timedelta(hours=1), timedelta(minutes=1), hang)]
    await jobs.insert_new_jobs(mine)

    async def run() -> None:
        async with own_connection():
            await jobs.run(mine[0])

    task = asyncio.create_task(run())
    await asyncio.wait_for(entered.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await sql.value("SELECT due_at <= now() FROM stator_job WHERE name = 'hang'")


@pytest.mark.slow
async def test_the_worker_runs_jobs(errands: Any, working: Any, wait_until: Any) -> None:
    await sql.run(
        "INSERT INTO stator_heartbeat (worker, last_seen_at) VALUES ('old', now() - interval '2 days')"
    )
    async with working(with_jobs=True):
        await wait_until(lambda: sql.value("SELECT finished_at FROM stator_job WHERE name = 'stator.tidy'"))
    assert await sql.value("SELECT count(*) FROM stator_heartbeat WHERE worker = 'old'") == 0


async def test_a_job_name_is_taken_once(app: Any) -> None:
    async def other() -> None: ...

    with pytest.raises(stator.HandlerError, match=r"two jobs are named 'stator.tidy'"):
        stator.every(timedelta(hours=1), name="stator.tidy")(other)
