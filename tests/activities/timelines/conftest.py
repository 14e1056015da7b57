"""The small world of the API's tests."""

import httpx
import pytest

from tests.api.support.world import World, make_world


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    return await make_world(client)
