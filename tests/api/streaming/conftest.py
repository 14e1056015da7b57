"""A streaming server, a worker that fans out, and the small world of tests/api."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

import stator
from activities.posts.models import Post, Spread
from api.streaming.hub import hub
from stator.workers.worker import Worker
from tests.api.streaming.live import web_server
from tests.api.support.world import World, make_world
from tests.support.waiting import wait_until


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    return await make_world(client)


@pytest.fixture
async def port(world: World) -> AsyncIterator[int]:
    """Return the streaming server's port. Posts written in `world` reach it."""
    await stator.install_triggers([Post, Spread])
    stop = asyncio.Event()
    worker = Worker([Post, Spread], with_jobs=False, poll_s=0.5, drain_s=1)
    working = asyncio.create_task(worker.run(stop))
    await hub().start()
    try:
        async with web_server() as port:
            await wait_until(lambda: hub().is_listening and worker.is_listening.is_set())
            yield port
            await hub().close_all()
    finally:
        await hub().stop()
        stop.set()
        await working
