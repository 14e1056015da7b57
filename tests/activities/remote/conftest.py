"""A world with a signed-in user, and a peer whose actors and posts they view."""

from collections.abc import AsyncIterator

import httpx
import pytest

from federation.fetching import pacing
from federation.models import SystemKey
from tests.api.support.world import World, make_world
from tests.support.peers import MastodonPeer, outbound
from tests.users.support import key_pair


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    return await make_world(client)


@pytest.fixture(autouse=True)
def _without_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send requests to one host without pauses; tests/federation/fetching/test_pacing.py tests the pauses."""
    monkeypatch.setattr(pacing, "MIN_INTERVAL_S", 0.0)


@pytest.fixture
async def far(world: World) -> AsyncIterator[MastodonPeer]:
    names = ["far.test", "other.test", "slow.test"]
    async with outbound(resolve=dict.fromkeys(names, "127.0.0.1")), MastodonPeer("far.test") as peer:
        peer.add_actor("ana")
        yield peer
