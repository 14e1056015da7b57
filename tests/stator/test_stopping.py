"""Stopping: what runs is given back, and nothing holds the worker longer than docker stop waits."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from core.db import sql
from stator.jobs import Job

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_stopping_gives_back_what_does_not_finish(errands: Any, working: Any) -> None:
    entered = asyncio.Event()

    async def hang(what: Any) -> Any:
        entered.set()
        await asyncio.sleep(60)

    for state in ("called", "listed"):
        entered.clear()
        errands.behaviour.each = errands.behaviour.batch = hang
        await sql.run("INSERT INTO stator_tests_errand (state, host) VALUES (%s, 'a.test')", (state,))
        async with working(drain_s=0.1):
            await asyncio.wait_for(entered.wait(), 5)
    rows = await sql.rows(
        "SELECT state, state_due_at <= now(), state_attempts FROM stator_tests_errand ORDER BY state"
    )
    assert rows == [("called", True, 0), ("listed", True, 0)]


async def test_stopping_does_not_wait_for_a_job_that_swallows_its_cancellation(
    errands: Any, working: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, may_end = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        entered.set()
        with suppress(asyncio.CancelledError):
            await may_end.wait()
        await may_end.wait()

    job = Job("hang", timedelta(hours=1), timedelta(minutes=1), hang)
    monkeypatch.setattr("stator.jobs.all_jobs", lambda: [job])
    async with asyncio.timeout(30), working(with_jobs=True):
        await asyncio.wait_for(entered.wait(), 5)
    assert await sql.value("SELECT due_at <= now() FROM stator_job WHERE name = 'hang'") is True
