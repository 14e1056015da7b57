"""Nothing is lost and nothing happens twice, however workers and the database end."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest

from core import embedded
from tests.stator.conftest import PARENT, migrate
from tests.support.forks import Forked, fork
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.servers]

ROWS = 4_000  # three steps each, of which ten kills and two lost databases leave a part; what a kill meets is in flight, however many rows wait
# what a killed process has written is with the kernel: only the loss of power needs fsync
_FAST = {"fsync": "off", "full_page_writes": "off"}


class House:
    """A database server and workers, all real processes that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = embedded.start(folder, settings=_FAST)
        self.url = self.server.url
        self.workers: list[Forked] = []
        self._connection: psycopg.Connection | None = None

    async def start_worker(self) -> Forked:
        worker = await fork(
            env={**os.environ, "DATABASE_URL": self.url},
            out=self.folder / "worker.log",
            module="tests.stator.app",
            parent=PARENT,
        )
        self.workers.append(worker)
        return worker

    def kill_database(self) -> None:
        """SIGKILL to the postmaster, and a new one on the same files."""
        os.kill(self.server.pid, signal.SIGKILL)
        if self.server.process is not None:
            self.server.process.wait()
        self._disconnect()
        self.server = embedded.start(self.folder, settings=_FAST)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True)
        return self._connection.execute(sql.encode()).fetchall()

    def number(self, sql: str) -> int:
        return int(str(self.query(sql)[0][0]))

    def steps(self) -> int:
        """How many steps all rows have made together."""
        return self.number(
            "SELECT (SELECT count(*) FROM stator_tests_mark) + (SELECT count(*) FROM stator_tests_parcel WHERE state = 'received')"
        )

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    async def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            await worker.wait()
        self._disconnect()
        self.server.stop()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await migrate(house.url)
    yield house
    await house.close()
    print(*(tmp_path / "worker.log").read_text().splitlines()[-60:], sep="\n")  # shown when the test failed


async def _wait(predicate: Callable[[], bool], timeout_s: float, what: str) -> None:
    await wait_until(predicate, timeout_s, what, every_s=0.02)


def _insert(house: House, number: int) -> None:
    house.query(f"INSERT INTO stator_tests_parcel SELECT FROM generate_series(1, {number}) RETURNING 1")


def _is_finished(house: House) -> bool:
    return house.number("SELECT count(*) FROM stator_tests_parcel WHERE state <> 'received'") == 0


def _check_marks(house: House, number: int) -> None:
    """Every parcel has each mark exactly once."""
    twice = house.query(
        "SELECT parcel, kind, count(*) FROM stator_tests_mark GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 5"
    )
    assert twice == []
    for kind in ("weighed", "sent"):
        assert house.number(f"SELECT count(*) FROM stator_tests_mark WHERE kind = '{kind}'") == number
    strays = "SELECT count(*) FROM stator_tests_mark WHERE parcel NOT IN (SELECT id FROM stator_tests_parcel)"
    assert house.number(strays) == 0


async def _ended(worker: Forked) -> int:
    async with asyncio.timeout(10):
        return await worker.wait()


async def test_ten_killed_workers_and_two_killed_databases_lose_and_double_nothing(house: House) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    _insert(house, ROWS)
    worker = await house.start_worker()
    database_dies_at = set(chance.sample(range(10), 2))
    for kill in range(10):
        goal = house.steps() + chance.randrange(1, ROWS // 5)
        await _wait(
            lambda goal=goal: house.steps() >= goal, 60, f"no progress before kill {kill}, seed {seed}"
        )
        if kill in database_dies_at:
            house.kill_database()
            goal = house.steps() + chance.randrange(1, ROWS // 20)
            await _wait(
                lambda goal=goal: house.steps() >= goal,
                60,
                f"the worker did not survive the database, seed {seed}",
            )
            assert worker.returncode is None
        worker.kill()
        await worker.wait()
        assert not _is_finished(house), "the kills came too late to prove anything"
        worker = await house.start_worker()
    await _wait(lambda: _is_finished(house), 120, f"rows are stuck, seed {seed}")
    _check_marks(house, ROWS)
    worker.terminate()
    assert await _ended(worker) == 0


async def test_two_worker_processes_share_the_load(house: House) -> None:
    workers = [await house.start_worker(), await house.start_worker()]
    await _wait(
        lambda: house.number("SELECT count(*) FROM stator_heartbeat") == 2, 30, "two workers did not start"
    )
    _insert(house, 4000)
    await _wait(lambda: _is_finished(house), 60, "rows are stuck")
    _check_marks(house, 4000)
    for worker in workers:
        worker.terminate()
    assert [await _ended(worker) for worker in workers] == [0, 0]
    done = [int(str(row[0])) for row in house.query("SELECT rows_done FROM stator_heartbeat")]
    assert sum(done) == 3 * 4000
    assert min(done) > 1000


async def test_sigterm_ends_a_busy_worker_in_time_and_gives_back_what_it_held(house: House) -> None:
    worker = await house.start_worker()
    _insert(house, 5000)
    await _wait(lambda: house.steps() > 500, 30, "no progress")
    assert "Threads:\t1\n" in Path(f"/proc/{worker.pid}/status").read_text()
    worker.terminate()
    assert await _ended(worker) == 0
    assert not _is_finished(house)
    assert house.number("SELECT count(*) FROM stator_tests_parcel WHERE state_due_at > now()") == 0
    assert house.number("SELECT count(*) FROM stator_heartbeat WHERE stopped_at IS NOT NULL") == 1
