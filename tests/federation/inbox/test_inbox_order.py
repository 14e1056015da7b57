"""Messages of one actor are handled in the order they came, also when the first is held up by its key or by what it refers to."""

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest

from activities.posts.models import Post, PostGraph
from core import clock
from core.db import sql
from core.ids import lowest_id_at
from federation.handlers import order
from federation.models import InboxMessage
from federation.remote_keys import fetch_key
from tests.activities.people import follow
from tests.federation.conftest import Seen, messages, met, post, settled
from tests.support.peers import Actor, MastodonPeer, Reply
from tests.support.plans import measured, vacuum
from tests.support.waiting import wait_until
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_AT_ONCE = 3  # keys of one host that are fetched side by side


@pytest.fixture
async def gate(local: httpx.AsyncClient, peer: MastodonPeer, worker: Any) -> asyncio.Event:
    """The keys of others of the peer do not come until this is set, so that no other key of that host is fetched."""
    event = asyncio.Event()
    others = [peer.add_actor(f"slow{number}") for number in range(_AT_ONCE)]
    for other in others:
        peer.gates[f"/users/{other.username}"] = event
        await post(local, peer, other, peer.activity(other, "Listen"))
    await wait_until(lambda: len(peer.requests) == _AT_ONCE)
    return event


def _of(found: list[InboxMessage], document: dict[str, Any]) -> InboxMessage:
    return next(message for message in found if message.activity_id == document["id"])


async def _was_looked_at(document: dict[str, Any]) -> bool:
    """Whether the message ended, or was put off with a reason."""
    message = _of(await messages(), document)
    return bool(message.state_error) or message.state in ("handled", "skipped", "failed")


@pytest.mark.slow
async def test_a_delete_does_not_overtake_its_create_whose_key_is_not_known_yet(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, gate: asyncio.Event
) -> None:
    """Whoever writes to somebody here for the first time, and thinks better of it."""
    ada = await make_person(await Domain.objects.aget(name="testserver"))
    note = peer.note(ana, to=[ada.uri], tag=[{"type": "Mention", "href": ada.uri, "name": "@ada"}])
    create = peer.activity(ana, "Create", note, to=[ada.uri])
    delete = peer.activity(ana, "Delete", {"id": note["id"], "type": "Tombstone"})
    await post(local, peer, ana, create)
    await fetch_key(ana.key_id)  # as for a signed GET of hers
    await post(local, peer, ana, delete)
    await wait_until(lambda: _was_looked_at(delete))
    gate.set()
    found = await settled(_AT_ONCE + 2)
    assert [_of(found, document).state for document in (create, delete)] == ["handled", "handled"]
    assert not await Post.objects.filter(uri=note["id"], deleted_at=None).aexists()


@pytest.mark.slow
@pytest.mark.parametrize("has_key", [True, False])
async def test_an_edit_does_not_overtake_its_post(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, gate: asyncio.Event, has_key: bool
) -> None:
    """Nor when the post's author is only just being fetched."""
    ada = await make_person(await Domain.objects.aget(name="testserver"))
    note = peer.note(ana, to=[ada.uri], published="2026-01-01T00:00:00Z")
    edited = note | {"content": "<p>better</p>", "updated": "2026-01-02T00:00:00Z"}
    create, update = peer.activity(ana, "Create", note), peer.activity(ana, "Update", edited)
    if has_key:
        await fetch_key(ana.key_id)
    await post(local, peer, ana, create)
    await fetch_key(ana.key_id)
    await post(local, peer, ana, update)
    await wait_until(lambda: _was_looked_at(update))
    gate.set()
    await settled(_AT_ONCE + 2)
    assert (await Post.objects.aget(uri=note["id"])).content == "<p>better</p>"


@pytest.mark.slow
async def test_many_that_wait_for_the_first_keep_their_order(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, worker: Any, seen: Seen
) -> None:
    """More than are handled at once, and some that come when the first is just over."""
    await fetch_key(ana.key_id)
    note = peer.note(ana)
    gate = peer.gates[note["id"].removeprefix(peer.base_url)] = asyncio.Event()
    documents = [peer.activity(ana, "TestWave", note["id"], mood="asking")]
    documents += [peer.activity(ana, "TestWave") for _ in range(80)]
    for document in documents[:60]:
        await post(local, peer, ana, document)
    await wait_until(lambda: _was_looked_at(documents[59]))
    gate.set()
    for document in documents[60:]:
        await post(local, peer, ana, document)
    await settled(len(documents))
    assert seen.ids == [document["id"] for document in documents]


async def test_no_message_waits_for_one_that_is_tried_again_later(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, worker: Any, seen: Seen
) -> None:
    """Its key, or what it refers to, can't be had for now: nobody knows for how long."""
    peer.replies["/users/ana"] = Reply(503)
    first, second, third = (peer.activity(ana, "TestWave") for _ in range(3))
    await post(local, peer, ana, first)
    await wait_until(lambda: _was_looked_at(first))
    del peer.replies["/users/ana"]
    await fetch_key(ana.key_id)
    peer.replies["/notes/away"] = Reply(503)
    second |= {"object": f"{peer.base_url}/notes/away", "mood": "asking"}
    await post(local, peer, ana, second)
    await wait_until(lambda: _was_looked_at(second))
    await post(local, peer, ana, third)
    await wait_until(lambda: InboxMessage.objects.filter(state="handled").aexists())
    assert seen.ids == [third["id"]]
    assert [message.state for message in await messages()] == ["unverified", "fetching", "handled"]


async def test_messages_with_another_key_do_not_delay_the_actor(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, worker: Any, seen: Seen
) -> None:
    """Anybody may claim to be her, with a key that does not come."""
    await fetch_key(ana.key_id)
    forged = peer.activity(ana, "TestWave")
    peer.gates["/keys/1"] = gate = asyncio.Event()
    ana.key_id, right = f"{peer.base_url}/keys/1", ana.key_id
    await post(local, peer, ana, forged)
    await wait_until(lambda: any(request.path == "/keys/1" for request in peer.requests))
    ana.key_id = right
    hers = peer.activity(ana, "TestWave")
    await post(local, peer, ana, hers)
    await wait_until(lambda: seen.ids)
    assert seen.ids == [hers["id"]]
    waiting = _of(await messages(), forged)
    assert (waiting.state, waiting.state_error) == ("unverified", None)  # its key is still being fetched
    gate.set()


@pytest.mark.slow
async def test_the_first_message_of_an_actor_is_found_among_many(
    local: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also behind as many that wait for another try."""
    now = lowest_id_at(clock.now())
    await sql.run(
        """
        INSERT INTO federation_inboxmessage (id, state, state_due_at, state_error, actor, host, key_id, size, body)
        SELECT %s + n, CASE WHEN n <= 10000 THEN 'fetching' ELSE 'received' END, now(), CASE WHEN n <= 10000 THEN 'it is away' END,
            'https://far.test/users/' || n %% 2, 'far.test', 'k', 1, 'x'
        FROM generate_series(1, 20000) n
        """,
        [now],
    )
    await vacuum()
    batch = [message async for message in InboxMessage.objects.order_by("-id")[:25]]
    async with measured(monkeypatch) as costs:
        found = await order.first_earlier_messages(batch)
    assert found == {"https://far.test/users/0": now + 10002, "https://far.test/users/1": now + 10001}
    assert max(cost.most_rows for cost in costs) <= 60
    assert sum(cost.buffers for cost in costs) < 60


@pytest.mark.slow
async def test_a_delete_before_its_create_holds_for_unknown_authors(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, worker: Any
) -> None:
    """Their server tried the Create in vain and repeats it later, signed anew."""
    ada = await make_person(await Domain.objects.aget(name="testserver"))
    await fetch_key(ana.key_id)
    gone, stays = (
        peer.note(ana, to=[ada.uri], tag=[{"type": "Mention", "href": ada.uri, "name": "@ada"}])
        for _ in range(2)
    )
    delete = peer.activity(ana, "Delete", {"id": gone["id"], "type": "Tombstone"})
    early = clock.now() - dt.timedelta(seconds=30)
    assert (await post(local, peer, ana, delete, date=early)).status_code == 202
    await settled(1)
    assert not await Identity.objects.filter(uri=ana.uri).aexists()  # nobody is fetched for it
    for sent, note in enumerate((gone, stays), start=2):
        await post(local, peer, ana, peer.activity(ana, "Create", note, to=[ada.uri]))
        await settled(sent)
    late = (await messages())[1]
    assert (late.state, late.reason) == ("skipped", "it was deleted before it came")
    assert [found.uri async for found in Post.objects.filter(deleted_at=None)] == [stays["id"]]


@pytest.mark.slow
async def test_an_edit_that_comes_first_is_the_post(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, worker: Any
) -> None:
    """The Create comes when it is tried again, with the words of then. What happened to old posts that nobody here has is of no concern."""
    ada = await make_person(await Domain.objects.aget(name="testserver"))
    her = await met(ana)
    await follow(ada, her)
    now = clock.now()
    note = peer.note(ana, published=(now - dt.timedelta(minutes=5)).isoformat())
    old = peer.note(ana, published=(now - dt.timedelta(days=3)).isoformat())
    changed = {"content": "<p>better</p>", "updated": (now - dt.timedelta(minutes=1)).isoformat()}
    sent = [
        ("Update", note | changed),
        ("Create", note),
        ("Update", note | changed),
        ("Update", old | changed),
    ]
    for count, (kind, document) in enumerate(sent, start=1):
        await post(local, peer, ana, peer.activity(ana, kind, document))
        await settled(count)
    assert [message.state for message in await messages()] == ["handled", "handled", "handled", "skipped"]
    stored = await Post.objects.aget()
    assert (stored.uri, stored.content) == (note["id"], "<p>better</p>")
    assert stored.edited_at is not None
    assert stored.state == PostGraph.new.name  # it goes to homes
