"""Tests that send bad input to all endpoints call those for staff as an owner; otherwise they would only be refused."""

import pytest

from tests.api.support.world import World, let_in_as_owner


@pytest.fixture
async def world(world: World, request: pytest.FixtureRequest) -> World:
    """Return the small world, where ada owns the server if the endpoint is for staff."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    route = parameters.get("route")
    if (
        request.module.__name__.endswith("test_bad_input")
        and route is not None
        and route.scope.startswith("admin:")
    ):
        await let_in_as_owner(world)
    return world
