"""Gathered statements: few for many tasks, and no task fails because of the item of another."""

import asyncio
from collections.abc import Sequence

import django.db
import pytest

from core.db import ConnectionHeld, async_atomic, own_connection, sql
from core.db.gathering import Gathering

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


class Doubling:
    """Doubles numbers in the database and notes the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def run(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        return await sql.column(
            "SELECT 2 * n FROM unnest(%(ns)s::int[]) WITH ORDINALITY AS t (n, at) ORDER BY at",
            {"ns": list(numbers)},
        )


async def test_concurrent_lookups_share_one_statement() -> None:
    doubling = Doubling()
    double = Gathering(doubling.run, max_items=4)
    first = asyncio.create_task(double(1))
    while not doubling.batches:
        await asyncio.sleep(0)
    assert await asyncio.gather(first, *map(double, range(2, 10))) == list(range(2, 20, 2))
    assert doubling.batches == [[1], [2, 3, 4, 5], [6, 7, 8, 9]]
    assert await double(20) == 40  # after its worker has ended


async def test_a_batch_is_bounded_by_the_size_of_its_items() -> None:
    doubling = Doubling()
    double = Gathering(doubling.run, size=lambda number: number, max_size=100)
    await asyncio.gather(*map(double, (60, 40, 1, 500, 2, 3)))
    assert doubling.batches == [[60, 40], [1], [500], [2, 3]]


async def test_an_item_that_fails_fails_alone() -> None:
    doubling = Doubling()
    results = await asyncio.gather(
        *map(Gathering(doubling.run).__call__, (1, 2**40, 3)), return_exceptions=True
    )
    assert (results[0], results[2]) == (2, 6)
    assert isinstance(results[1], django.db.DataError)


async def test_when_the_database_is_away_all_fail_at_once() -> None:
    asked = 0

    async def away(numbers: Sequence[int]) -> list[int]:
        nonlocal asked
        asked += 1
        raise django.db.OperationalError("away")

    results = await asyncio.gather(*map(Gathering(away).__call__, range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [django.db.OperationalError] * 5
    assert asked == 1


async def test_a_cancelled_task_does_not_disturb_the_others() -> None:
    double = Gathering(Doubling().run)
    tasks = [asyncio.create_task(double(number)) for number in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert (results[0], results[2]) == (0, 4)
    assert isinstance(results[1], asyncio.CancelledError)


async def test_more_tasks_than_connections_can_wait() -> None:
    """Each held one: without giving it back, none would be left for the statement."""
    double = Gathering(Doubling().run)

    async def ask(number: int) -> int:
        async with own_connection():
            await sql.value("SELECT 1")
            return await double(number)

    async with asyncio.timeout(20):
        assert await asyncio.gather(*map(ask, range(40))) == list(range(0, 80, 2))


async def test_gathering_is_refused_inside_a_transaction(held_while_waiting: list[str]) -> None:
    double = Gathering(Doubling().run)
    async with own_connection(), async_atomic():
        await sql.value("SELECT 1")
        with pytest.raises(ConnectionHeld):
            await double(1)
    held_while_waiting.clear()
