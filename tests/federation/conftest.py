"""A server with a worker, fake peers, and test activities with their own handlers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import pytest

from core.crypto.keys import KeyPair, make_rsa_pair
from core.db import own_connection
from federation import registry
from federation.fetching import fetch_document
from federation.models import InboxMessage, Peer, SystemKey
from federation.registry import (
    Dependency,
    Handled,
    IncomingActivity,
    Later,
    NeedsFetch,
    done,
    ignored,
    refused,
)
from federation.remote_keys import fetch_key
from stator.workers.worker import Worker
from tests.support import waiting
from tests.support.memory import forget_everything
from tests.support.peers import Actor, FakePeer, MastodonPeer, outbound
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.services import remote_actors

LOCAL = "http://testserver"


@dataclass
class Seen:
    """What the test handlers received, and how they should behave."""

    activities: list[IncomingActivity] = field(default_factory=list)
    breaks_left: int = 0
    asked: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [activity.id for activity in self.activities]


SEEN = Seen()


@registry.on("TestWave")
async def _wave(activity: IncomingActivity) -> Handled:
    match activity.document.get("mood"):
        case "ignored":
            return ignored("not today")
        case "refused":
            return refused("not allowed")
        case "broken":
            raise RuntimeError("a bug")
        case "shaky" if SEEN.breaks_left:
            SEEN.breaks_left -= 1
            raise Later("a little later")
        case "endless":
            raise NeedsFetch(activity.object_id, "test")
        case "asking" if activity.object_id not in SEEN.known:
            raise NeedsFetch(activity.object_id, "test")
    SEEN.activities.append(activity)
    return done()


@registry.needs("TestWave")
async def _wave_needs(activity: IncomingActivity) -> list[Dependency]:
    wanted = activity.document.get("needs")
    return [Dependency(wanted, "test")] if isinstance(wanted, str) and wanted not in SEEN.known else []


@registry.resolver("test")
async def _resolve(uri: str) -> None:
    SEEN.asked.append(uri)
    await fetch_document(uri)
    SEEN.known.add(uri)


@pytest.fixture
def seen() -> Seen:
    SEEN.__init__()
    return SEEN


@pytest.fixture(autouse=True)
async def _fresh() -> AsyncIterator[None]:
    """Clear process state, and allow connections to loopback."""
    forget_everything()
    async with outbound(resolve=dict.fromkeys(("far.test", "near.test", "mid.test"), "127.0.0.1")):
        yield


@cache
def _system_pair() -> KeyPair:
    """Create the key once: a new one per test would take 200 ms in a child process."""
    return make_rsa_pair()


@pytest.fixture
async def local(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Create a domain, which the system actor represents."""
    await Domain.objects.acreate(name="testserver", title="Test")
    pair = _system_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    return client


async def met(actor: Actor) -> Identity:
    """Store a remote actor with its key."""
    await fetch_key(actor.key_id)
    return await remote_actors.ensure_actor(actor.uri)


@asynccontextmanager
async def running(runner: Worker) -> AsyncIterator[Worker]:
    """Run a worker in this loop."""
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(stop))
    try:
        await runner.is_listening.wait()
        yield runner
    finally:
        stop.set()
        await task


@asynccontextmanager
async def running_worker() -> AsyncIterator[Worker]:
    """Run a worker for federation's queues in this loop."""
    async with running(Worker([Peer, InboxMessage], with_jobs=False, poll_s=0.5, drain_s=1)) as runner:
        yield runner


@pytest.fixture
def start_worker(db: None) -> Any:
    """Return a function for tests that prepare something before the worker starts: `async with start_worker():`."""
    return running_worker


@pytest.fixture
async def worker(db: None) -> AsyncIterator[Worker]:
    """Run federation's queues during the test."""
    async with running_worker() as runner:
        yield runner


@pytest.fixture
async def peer() -> AsyncIterator[MastodonPeer]:
    async with MastodonPeer("far.test") as server:
        server.add_actor("ana")
        yield server


@pytest.fixture
def ana(peer: MastodonPeer) -> Actor:
    return peer.actors["ana"]


@pytest.fixture
async def known(local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor) -> Actor:
    """Return Ana, whose key is known."""
    await fetch_key(ana.key_id)
    return ana


@pytest.fixture
async def ada(local: httpx.AsyncClient) -> Identity:
    """Return a local user."""
    return await make_person(await Domain.objects.aget(name="testserver"))


@pytest.fixture
async def her(known: Actor, ada: Identity) -> Identity:
    """Return Ana as stored here."""
    return await remote_actors.ensure_actor(known.uri)


async def post(
    http: httpx.AsyncClient,
    peer: FakePeer,
    actor: Actor,
    document: Any,
    *,
    path: str = "/inbox",
    **options: Any,
) -> httpx.Response:
    """Post a document to our inbox, signed by this actor as its software does."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = peer.signed(actor, f"{LOCAL}{path}", body, **options)
    return await http.post(path, content=body, headers=headers)


async def messages() -> list[InboxMessage]:
    async with own_connection():
        return [message async for message in InboxMessage.objects.order_by("id")]


async def only_message() -> InboxMessage:
    found = await messages()
    assert len(found) == 1
    return found[0]


async def settled(count: int = 1, *, timeout_s: float = waiting.PATIENCE_S) -> list[InboxMessage]:
    """Wait until `count` messages are in a terminal state."""

    async def all_ended() -> list[InboxMessage]:
        found = await messages()
        ended = [message for message in found if message.state in ("handled", "skipped", "failed")]
        return found if len(found) == count == len(ended) else []

    return await waiting.wait_until(all_ended, timeout_s)
