"""Two servers in one process know nothing of each other."""

import asyncio

import pytest

from core.ratelimit import limiter
from core.server_state import PerServer, ServerState, begin_state, current_state, using_state

_names: PerServer[list[str]] = PerServer(list)


def test_each_server_has_its_own_memory() -> None:
    one, two = ServerState(), ServerState()
    with using_state(one):
        _names().append("one")
        assert limiter().take("a", 1, 300).allowed
        with using_state(two):
            assert _names() == []
            assert limiter().take("a", 1, 300).allowed, "the other server's limit is not this one's"
        assert _names() == ["one"]
        assert not limiter().take("a", 1, 300).allowed


@pytest.mark.anyio
async def test_tasks_belong_to_the_server_that_started_them() -> None:
    async def serve(name: str) -> tuple[ServerState, list[str]]:
        state = begin_state()
        _names().append(name)

        async def answer() -> list[str]:
            await asyncio.sleep(0)
            return _names()

        found = await asyncio.gather(asyncio.create_task(answer()), answer())
        assert found[0] is found[1]
        return state, found[0]

    before = current_state()
    (one, of_one), (two, of_two) = await asyncio.gather(serve("one"), serve("two"))
    assert (of_one, of_two) == (["one"], ["two"])
    assert len({id(one), id(two), id(before)}) == 3
    assert current_state() is before
