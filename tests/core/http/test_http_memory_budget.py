"""Bodies that are being read hold a bounded number of bytes together, and no slow peer keeps the others from being read."""

import asyncio
import gzip

import pytest

from core.http import Client, MemoryBudgetExceeded, Response, memory_budget
from tests.core.http_peers import Request, a_client, answer, serve
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio

SIZE = 300_000
MAX_COUNT = 1_000_000  # three of them at once


class SlowPeer:
    """Sends most of each large body, and the rest when it is told to."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()
        self.begun = 0

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 X\r\nContent-Length: {SIZE}\r\n\r\n".encode() + b"x" * (SIZE - 1))
        self.begun += 1
        await self.goes_on.wait()
        writer.write(b"x")


async def _get_many(client: Client, urls: list[str]) -> list[Response | BaseException]:
    return await asyncio.gather(*(client.get(url) for url in urls), return_exceptions=True)


@pytest.mark.parametrize("is_packed", [False, True])
async def test_a_hundred_large_bodies_hold_no_more_than_the_bound_together(is_packed: bool) -> None:
    body = b"a large document " * 20_000
    packed = answer(200, gzip.compress(body), "Content-Encoding: gzip\r\n")
    async with (
        serve(packed if is_packed else answer(200, body)) as one,
        serve(packed if is_packed else answer(200, body), address="127.0.0.2") as other,
        a_client(most_body_bytes=2_000_000) as client,
    ):
        answers = await _get_many(client, [f"{peer.url}/{n}" for n in range(50) for peer in (one, other)])
        assert all(isinstance(each, Response) and each.body == body for each in answers)
    assert len(body) < client.memory.highest <= 2_000_000
    assert client.memory.held == 0


async def test_slow_bodies_give_their_room_to_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_budget, "GRACE_PERIOD_S", 0.0)
    slow = SlowPeer()
    async with (
        serve(slow) as peer,
        serve(answer(200, b"y" * SIZE), address="127.0.0.2") as quick,
        a_client(most_body_bytes=MAX_COUNT) as client,
    ):
        hanging = [asyncio.create_task(client.get(f"{peer.url}/{n}")) for n in range(3)]
        await wait_until(lambda: client.memory.held == 3 * SIZE)
        assert (await client.get(quick.url)).body == b"y" * SIZE
        [lost] = [task for task in hanging if task.done()]
        error = lost.exception()
        assert isinstance(error, MemoryBudgetExceeded)
        assert error.is_ours, "nothing is held against the peer"
        slow.goes_on.set()
        rest = [await task for task in hanging if task is not lost]
        assert [len(each.body) for each in rest] == [SIZE, SIZE], "nobody else lost anything"


async def test_reservations_are_revoked_only_for_others_and_small_bodies_need_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory_budget, "GRACE_PERIOD_S", 0.0)
    slow = SlowPeer()
    async with (
        serve(slow) as peer,
        serve(answer(200, b"z" * 60_000), address="127.0.0.2") as quick,
        a_client(most_body_bytes=MAX_COUNT) as client,
    ):
        hanging = [asyncio.create_task(client.get(f"{peer.url}/{n}")) for n in range(3)]
        await wait_until(lambda: client.memory.held == 3 * SIZE)
        small = await _get_many(client, [quick.url] * 20)
        assert all(isinstance(each, Response) and len(each.body) == 60_000 for each in small)
        slow.goes_on.set()
        assert [len((await task).body) for task in hanging] == [SIZE] * 3


async def test_waiting_for_memory_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_budget, "MAX_WAIT_S", 0.0)
    slow = SlowPeer()
    async with serve(slow) as peer, a_client(most_body_bytes=SIZE) as client:
        hanging = asyncio.create_task(client.get(peer.url))
        await wait_until(lambda: client.memory.held == SIZE)
        with pytest.raises(MemoryBudgetExceeded):
            await client.get(f"{peer.url}/other")
        slow.goes_on.set()
        assert len((await hanging).body) == SIZE
    assert client.memory.held == 0


async def test_a_cancelled_request_releases_its_memory() -> None:
    slow = SlowPeer()
    async with serve(slow) as peer, a_client(most_body_bytes=SIZE) as client:
        hanging = asyncio.create_task(client.get(peer.url))
        await wait_until(lambda: client.memory.held == SIZE)
        waiting = asyncio.create_task(client.get(f"{peer.url}/other"))
        await wait_until(lambda: slow.begun == 2)
        for task in (waiting, hanging):
            task.cancel()
        await asyncio.gather(waiting, hanging, return_exceptions=True)
        assert client.memory.held == 0
        slow.goes_on.set()
        assert len((await client.get(f"{peer.url}/last")).body) == SIZE
