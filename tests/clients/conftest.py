"""A whole server for each module of clients: real web process, real worker, a database of its own, and some people."""

from collections.abc import AsyncIterator

import pytest

from tests.clients.support.live import Live, running_town


@pytest.fixture(scope="module")
async def live(anyio_backend: object) -> AsyncIterator[Live]:
    """The server of this module, at http://localhost:PORT. What tests leave there, later tests of the module meet."""
    async with running_town("ada", "bob", "cy") as town:
        yield town
