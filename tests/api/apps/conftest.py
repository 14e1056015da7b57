"""A signed-in browser."""

import pytest

from tests.api.apps.authorizing import Browser
from tests.api.support.world import World
from tests.users import support


@pytest.fixture
async def browser(world: World) -> Browser:
    _, cookie = await support.sign_in(world.ada_login, world.domain)
    return Browser(world, cookie)
