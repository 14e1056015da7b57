"""Child processes take their turns: who waits for one holds no database connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO

import httpx
import pytest
from PIL import Image

from core.db import release_connection
from core.media import children, limits
from core.processes import offload
from tests.api.support.world import World
from tests.support.pool import connections_in_use
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio
MAX_COUNT = 12


@asynccontextmanager
async def no_turns_left() -> AsyncIterator[Callable[[], int]]:
    """Every child is busy until the end of the block; gives the number of those that wait for one."""
    limiter = offload._limiter()
    async with AsyncExitStack() as stack:
        for _ in range(limits.IMAGE_CONCURRENCY):
            await stack.enter_async_context(children._turns())
        for borrower in range(int(limiter.total_tokens)):
            limiter.acquire_on_behalf_of_nowait(borrower)
            stack.callback(limiter.release_on_behalf_of, borrower)
        yield lambda: len(children._turns()._waiters or ()) + limiter.statistics().tasks_waiting


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, "PNG")
    return file.getvalue()


async def upload(world: World) -> httpx.Response:
    return await world.ada.ask("POST", "/api/v2/media", files={"file": ("a.png", picture(), "image/png")})


async def avatar(world: World) -> httpx.Response:
    files = {"avatar": ("a.png", picture(), "image/png")}
    return await world.bea.ask("PATCH", "/api/v1/accounts/update_credentials", files=files)


async def sign_up(world: World) -> httpx.Response:
    form = {"username": "cy", "email": "cy@example.org", "password": "long enough", "agreement": "true"}
    return await world.app.ask("POST", "/api/v1/accounts", data={**form, "locale": "en"})


@pytest.mark.slow
@pytest.mark.parametrize("ask", [upload, avatar, sign_up])
async def test_waiting_for_a_child_process_holds_no_connection(
    world: World, ask: Callable[[World], Awaitable[httpx.Response]]
) -> None:
    world.domain.sign_up_mode = "open"
    await world.domain.asave()
    await release_connection()
    most = 4 if ask is sign_up else MAX_COUNT  # five sign-ups in half an hour
    async with no_turns_left() as waiting:
        tasks = [asyncio.ensure_future(ask(world)) for _ in range(most)]
        await wait_until(lambda: waiting() == most)
        await wait_until(lambda: connections_in_use() == 0)
        assert "worker" in (await world.http.get("/health")).json()["reason"]
        await world.nobody.get("/api/v1/timelines/public")
        assert not any(task.done() for task in tasks), "the others were quicker"
    answers = await asyncio.gather(*tasks)
    assert answers[0].status_code == 200
