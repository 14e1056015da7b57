"""A whole server for each module of clients: real web process, real worker, a database of its own, and some people."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.clients.support.library import Cast, Client
from tests.clients.support.live import Live, running_town


@pytest.fixture(scope="module")
async def live(anyio_backend: object) -> AsyncIterator[Live]:
    """The server of this module, at http://localhost:PORT. What tests leave there, later tests of the module meet."""
    async with running_town("ada", "bob", "cy") as town:
        yield town


@pytest.fixture
def cast(live: Live, request: pytest.FixtureRequest) -> Iterator[Cast]:
    """Mastodon.py for three people. At the test's end: the methods that the module's CALLS names were called, and every answer was of its type."""
    people = Cast(*(Client(live.base_url, live.tokens[name]) for name in ("ada", "bob", "cy")))
    failed = request.session.testsfailed
    yield people
    if request.session.testsfailed > failed:
        return  # the test itself says what is wrong
    wrong = [problem for client in people for problem in client.wrong]
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    called = set[str]().union(*(client.called for client in people))
    assert called == set(request.module.CALLS[request.node.name].split()), "CALLS says otherwise"
