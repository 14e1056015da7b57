"""A server with a user, a peer whose posts are relayed, and relays of both protocols."""

from collections.abc import AsyncIterator

import httpx
import pytest

from federation.models import Relay
from federation.relays import queries, subscribing
from tests.activities.people import make_local
from tests.federation.conftest import outbound, post
from tests.support.peers import ActorRelay, InboxRelay, RelayPeer
from tests.support.waiting import wait_until
from users.domains.models import Domain
from users.identities.models import Identity


@pytest.fixture(autouse=True)
async def _resolved(_fresh: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Allow connections to relays on loopback, and read relays anew each time, because the worker caches them separately from the web process."""
    monkeypatch.setattr(queries, "_KEPT_S", 0.0)
    names = ["far.test", "near.test", "inbox-relay.test", "actor-relay.test", "tags.test", "evil.test"]
    async with outbound(resolve=dict.fromkeys(names, "127.0.0.1")):
        yield


@pytest.fixture
async def alice(local: httpx.AsyncClient) -> Identity:
    return await make_local("alice", await Domain.objects.aget())


@pytest.fixture
async def inbox_relay() -> AsyncIterator[InboxRelay]:
    async with InboxRelay("inbox-relay.test") as relay:
        yield relay


@pytest.fixture
async def actor_relay() -> AsyncIterator[ActorRelay]:
    async with ActorRelay("actor-relay.test") as relay:
        yield relay


async def subscribe(http: httpx.AsyncClient, peer: RelayPeer, **limits: object) -> Relay:
    """Add the relay and let it accept; needs the worker."""
    path = "/actor" if isinstance(peer, ActorRelay) else "/inbox"
    relay = await subscribing.add_relay(address=f"{peer.base_url}{path}", **limits)  # type: ignore[arg-type]
    follow = (await wait_until(lambda: peer.follows))[-1]
    await post(http, peer, peer.actor, peer.accept(follow))
    await answered(relay)
    return relay


async def answered(relay: Relay, status: str = "accepted") -> Relay:
    async def found() -> Relay | None:
        return await Relay.objects.filter(pk=relay.pk, status=status).afirst()

    await wait_until(found, 10)
    return await Relay.objects.aget(pk=relay.pk)
