"""A server full of all kinds of posts."""

from collections.abc import AsyncIterator

import pytest

from tests.support.servers import Server, running_server


@pytest.fixture(scope="module")
async def town(anyio_backend: object) -> AsyncIterator[Server]:
    """One server for this module: ana runs it, bob is there too, and ana's home is full of all kinds of posts."""
    async with running_server() as server:
        await server.run("tests.pages.seed", server.domain)
        await server.wait_known()
        yield server
