import asyncio
import datetime as dt

import pytest

from core import clock
from core.db import own_connection, sql
from core.ratelimit import Limiter, exact, remove_ended_tries, take_exact


def test_a_limit_is_used_up_and_comes_back():
    limiter = Limiter()
    uses = [limiter.take("a", 3, 300) for _ in range(4)]
    assert [use.allowed for use in uses] == [True, True, True, False]
    assert [use.remaining for use in uses] == [2, 1, 0, 0]
    assert 0 < uses[-1].retry_after_s <= 301
    assert limiter.take("b", 3, 300).allowed
    with clock.shifted(dt.timedelta(seconds=301)):
        assert limiter.take("a", 3, 300).remaining == 2
    limiter.forget("a")
    assert limiter.take("a", 3, 300).allowed


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
        monkeypatch.setattr(exact, "MOST_KEYS", 1)
        await remove_ended_tries()
        assert await sql.column("SELECT key FROM core_tries") == ["new 4"], (
            "the one nearest to its limit stays"
        )
