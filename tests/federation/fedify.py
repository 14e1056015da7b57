"""Fixtures of a server that behaves like Fedify, instead of the Mastodon of conftest.py. Import them by name."""

from typing import Any

import pytest

from tests.federation.conftest import met
from tests.support.peers import Actor, FedifyPeer
from users.identities.models import Identity


@pytest.fixture
async def peer() -> Any:
    async with FedifyPeer("far.test") as server:
        server.add_actor("ana")
        yield server


@pytest.fixture
async def ana(peer: FedifyPeer, ada: Identity) -> Actor:
    """Return Ana, whose key and profile are known."""
    actor = peer.actors["ana"]
    await met(actor)
    return actor
