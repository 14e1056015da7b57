"""A complete server for each module of client tests: real web process, real worker, its own database, and some users."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.clients.support.library import Cast, Client
from tests.clients.support.live import Live, running_town


@pytest.fixture(scope="module")
async def live(anyio_backend: object) -> AsyncIterator[Live]:
    """Run the server of this module, at http://localhost:PORT. Tests of a module share its state."""
    async with running_town("ada", "bob", "cy") as town:
        yield town


@pytest.fixture
def cast(live: Live, request: pytest.FixtureRequest) -> Iterator[Cast]:
    """Return Mastodon.py for three users. At the end, check that the methods in the module's CALLS were called and every response had its type."""
    people = Cast(*(Client(live.base_url, live.tokens[name]) for name in ("ada", "bob", "cy")))
    failed = request.session.testsfailed
    yield people
    if request.session.testsfailed > failed:
        return  # the test has already failed
    wrong = [problem for client in people for problem in client.wrong]
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    called = set[str]().union(*(client.called for client in people))
    assert called == set(request.module.CALLS[request.node.name].split()), "CALLS says otherwise"
