"""The small world with which every test here starts."""

import httpx
import pytest

from tests.api.support.world import World, make_world


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    return await make_world(client)
