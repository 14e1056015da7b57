"""The walks over bad input ask endpoints of staff as an owner: what they answer to others says nothing about what they read."""

import pytest

from tests.api.support.world import World, let_in_as_owner


@pytest.fixture
async def world(world: World, request: pytest.FixtureRequest) -> World:
    """The small world, where ada owns the server if the walk is at an endpoint of staff."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    route = parameters.get("route")
    if (
        request.module.__name__.endswith("test_bad_input")
        and route is not None
        and route.scope.startswith("admin:")
    ):
        await let_in_as_owner(world)
    return world
