import asyncio
import datetime as dt

import pytest
from django.db import DataError

from core import clock
from core.db import own_connection, sql
from core.ratelimit import Limiter, exact, remove_ended_tries, remove_ended_uses, shared, take_exact
from tests.support.waiting import wait_until


def test_a_limit_is_used_up_and_comes_back():
    limiter = Limiter()
    uses = [limiter.take("a", 3, 300) for _ in range(4)]
    assert [use.allowed for use in uses] == [True, True, True, False]
    assert [use.remaining for use in uses] == [2, 1, 0, 0]
    assert 0 < uses[-1].retry_after_s <= 301
    assert limiter.take("b", 3, 300).allowed
    with clock.shifted(dt.timedelta(seconds=301)):
        assert limiter.take("a", 3, 300).remaining == 2


def test_memory_is_bounded():
    limiter = Limiter(most_keys=100)
    for number in range(1000):
        limiter.take(str(number), 1, 60)
    assert len(limiter._windows) <= 100


@pytest.mark.anyio
async def test_an_exact_limit_is_shared_by_all_processes_and_survives_them(db: None) -> None:
    """Twenty at once from four connections: what is counted is in the table alone."""

    async def process() -> int:
        async with own_connection():
            return sum([(await take_exact("k", 7, 600)).allowed for _ in range(5)])

    assert sum(await asyncio.gather(*[process() for _ in range(4)])) == 7
    with clock.shifted(dt.timedelta(seconds=601)):
        first = await take_exact("k", 7, 600)
        assert (first.allowed, first.remaining) == (True, 6)
    assert await sql.value("SELECT relpersistence = 'p' FROM pg_class WHERE relname = 'core_tries'")


@pytest.mark.anyio
async def test_tries_are_removed_as_others_are_made(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        await take_exact(f"old {number}", 3, 60)
    with clock.shifted(dt.timedelta(seconds=61)):
        for number in range(10):
            await take_exact(f"new {number}", 3, 60)
        assert await sql.value("SELECT count(*) FROM core_tries") == 10
        for key in ("x" * 5000, "a\nb", "\x00", "\ud800"):
            assert not (await take_exact(key, 0, 60)).allowed
        await take_exact("new 4", 3, 60)
        monkeypatch.setattr(exact, "MAX_KEYS", 1)
        await remove_ended_tries()
        assert await sql.column("SELECT key FROM core_tries") == ["new 4"], (
            "the one nearest to its limit stays"
        )


@pytest.mark.anyio
async def test_processes_that_count_for_themselves_add_up(db: None) -> None:
    """Three processes allow what came before they compared notes, then as much as one."""
    processes = [Limiter() for _ in range(3)]
    assert [one.take("api", 10, 300).allowed for one in processes for _ in range(3)] == [True] * 9
    for _ in range(2):
        for one in processes:
            await one.sync()
        for one in processes:
            one.take("api", 10, 300)
    assert [one.take("api", 10, 300).allowed for one in processes] == [False] * 3
    restarted = Limiter()
    await restarted.start()
    assert not restarted.take("api", 10, 300).allowed
    assert restarted.take("other", 10, 300).allowed
    await restarted.stop()
    assert await sql.value("SELECT used FROM core_uses WHERE key = 'other'") == 1
    with clock.shifted(dt.timedelta(seconds=301)):
        assert processes[0].take("api", 10, 300).remaining == 9
        await processes[0].sync()
        assert await sql.value("SELECT used FROM core_uses WHERE key = 'api'") == 1
        await processes[1].sync()  # what it did not tell in time is of a window that has ended
        assert await sql.value("SELECT used FROM core_uses WHERE key = 'api'") == 1
        await remove_ended_uses()
        assert await sql.column("SELECT key FROM core_uses") == ["api"]


@pytest.mark.anyio
async def test_no_limit_lasts_until_where_the_clock_once_was(db: None) -> None:
    """The clock was ten days ahead for a moment: whoever used a limit up then was locked out for ten days, restarts or not."""
    limiter = Limiter()
    with clock.shifted(dt.timedelta(days=10)):
        for _ in range(3):
            await take_exact("k", 2, 600)
            limiter.take("api", 2, 300)
        await limiter.sync()
    assert (await take_exact("k", 2, 600)).remaining == 1
    restarted = Limiter()
    await restarted.start()
    assert [one.take("api", 2, 300).remaining for one in (limiter, restarted)] == [1, 1]
    await limiter.sync()
    await restarted.stop()
    assert await sql.value("SELECT used FROM core_uses") == 2
    assert await sql.value("SELECT max(ends_at) FROM core_uses") < clock.now() + dt.timedelta(days=1)


@pytest.mark.anyio
async def test_running_processes_compare_notes_by_themselves(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each allowed all of a limit when nobody asked them to."""
    monkeypatch.setattr(shared, "SYNC_INTERVAL_S", 0.01)
    one, other = Limiter(), Limiter()
    for limiter in (one, other):
        await limiter.start()
    try:
        assert [one.take("api", 10, 300).allowed for _ in range(10)] == [True] * 10
        await wait_until(lambda: not one._unsynced)
        assert other.take("api", 10, 300).allowed
        await wait_until(lambda: not other.take("api", 10, 300).allowed)
    finally:
        for limiter in (one, other):
            await limiter.stop()
    used = await sql.value("SELECT used FROM core_uses")
    assert used < 20


@pytest.mark.anyio
async def test_uses_are_told_when_the_database_is_back(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter()
    limiter.take("a", 10, 300)
    with monkeypatch.context() as away:
        away.setattr(shared, "_ADD", "SELECT 1/0 WHERE %s::text <> ''")
        with pytest.raises(DataError):
            await limiter.sync()
    limiter.take("a", 10, 300)
    assert await limiter.sync() == 1
    assert await sql.value("SELECT used FROM core_uses") == 2
    assert await limiter.sync() == 0, "nothing is written when nothing happened"
    monkeypatch.setattr(shared, "MAX_KEYS_PER_STATEMENT", 2)
    for number in range(5):
        limiter.take(str(number), 1, 300)
    assert [await limiter.sync() for _ in range(4)] == [2, 2, 1, 0]
