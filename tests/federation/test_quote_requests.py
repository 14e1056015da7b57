"""Requests to quote a post (FEP-044f), as they come in over HTTP: what they embed is believed when it is the sender's own."""

import json
from typing import Any

import httpx
import pytest

from activities.posts.models import InteractionPolicy, Post, PostGraph, Visibility
from core.db import sql
from federation.models import InboxMessage
from tests.activities.people import block, follow, make_post
from tests.federation.conftest import met, post, settled
from tests.federation.fedify import ana as ana
from tests.federation.fedify import peer as peer
from tests.support.peers import Actor, FedifyPeer
from tests.users.support import make_person
from users.domains.models import Domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def quoting_note(peer: FedifyPeer, ana: Actor, quoted: str, **more: Any) -> dict[str, Any]:
    """A post that is not to be fetched yet."""
    note = peer.note(ana, quote=quoted, quoteUrl=quoted, **more)
    peer.documents.clear()
    return note


def request(peer: FedifyPeer, ana: Actor, quoted: str, instrument: Any) -> dict[str, Any]:
    return peer.activity(ana, "QuoteRequest", quoted, instrument=instrument)


async def answers() -> list[dict[str, Any]]:
    found = await sql.column(
        "SELECT body FROM federation_outgoingactivity WHERE activity_type IN ('Accept', 'Reject') ORDER BY id"
    )
    return [json.loads(bytes(body)) for body in found]


async def ended(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, document: Any, count: int = 1
) -> InboxMessage:
    assert (await post(local, peer, ana, document)).status_code == 202
    return (await settled(count))[-1]


async def test_an_embedded_post_of_the_sender_is_believed_and_stamped(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    """Hollo asks before anybody can fetch the post. Its Create brings it to homes afterwards, once."""
    mine = await make_post(ada, quote_policy=InteractionPolicy.public)
    her = await Identity.objects.aget(uri=ana.uri)
    await follow(ada, her)
    note = quoting_note(peer, ana, mine.uri)
    asking = request(peer, ana, mine.uri, note)
    assert (await ended(local, peer, ana, asking)).state == "handled"
    [answer] = await answers()
    assert (answer["type"], answer["object"]["id"], answer["object"]["instrument"]) == (
        "Accept",
        asking["id"],
        note["id"],
    )
    quoting = await Post.objects.aget(uri=note["id"])
    assert (quoting.quote_of_id, quoting.quote_state, quoting.state) == (mine.pk, "accepted", "fanned_out")
    stamped = {**note, "quoteAuthorization": answer["result"]}
    assert (await ended(local, peer, ana, peer.activity(ana, "Create", stamped), 2)).state == "handled"
    quoting = await Post.objects.aget(uri=note["id"])
    assert (quoting.state, quoting.quote_state) == (PostGraph.new.name, "accepted")


@pytest.mark.slow
async def test_every_refused_request_gets_its_reject(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    nobodys = await make_post(ada, quote_policy=0)
    other = await make_post(ada, quote_policy=InteractionPolicy.public)
    blocker = await make_person(await Domain.objects.aget(name="testserver"), "blocker")
    blockers = await make_post(blocker, quote_policy=InteractionPolicy.public)
    await block(blocker, await Identity.objects.aget(uri=ana.uri))
    requests = [
        request(peer, ana, nobodys.uri, quoting_note(peer, ana, nobodys.uri)),  # its author said nobody
        request(peer, ana, other.uri, quoting_note(peer, ana, nobodys.uri)),  # quotes something else
        request(peer, ana, blockers.uri, quoting_note(peer, ana, blockers.uri)),  # blocked
    ]
    for count, document in enumerate(requests, start=1):
        await ended(local, peer, ana, document, count)
        answer = (await answers())[-1]
        assert (answer["type"], answer["object"]["id"]) == ("Reject", document["id"])
        assert len(await answers()) == count
    assert len({answer["id"] for answer in await answers()}) == len(requests)
    assert not await Post.objects.filter(quote_state="accepted").aexists()


@pytest.mark.slow
async def test_a_quote_request_for_another_actors_post_is_refused(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    """Eve names a post of Ana's that is known here and quotes just what she asks about."""
    mine = await make_post(ada, quote_policy=InteractionPolicy.public)
    note = quoting_note(peer, ana, mine.uri)
    await ended(local, peer, ana, request(peer, ana, mine.uri, note))
    eve = peer.add_actor("eve")
    await met(eve)
    asking = request(peer, eve, mine.uri, note["id"])
    message = await ended(local, peer, eve, asking, 2)
    assert (message.state, message.reason) == (
        "failed",
        "the post is not its sender's, or quotes something else",
    )
    assert [(one["type"], one["object"]["id"]) for one in (await answers())[1:]] == [("Reject", asking["id"])]


async def test_requests_on_hidden_posts_get_no_answer(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    hidden = await make_post(ada, Visibility.followers)
    for count, uri in enumerate((hidden.uri, f"{ada.uri}/statuses/1"), start=1):
        await ended(local, peer, ana, request(peer, ana, uri, quoting_note(peer, ana, uri)), count)
    assert await answers() == []


@pytest.mark.slow
async def test_an_embedded_post_of_another_actor_is_fetched_first(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    mine = await make_post(ada, quote_policy=InteractionPolicy.public)
    forged = [
        quoting_note(peer, ana, mine.uri, attributedTo=f"{peer.base_url}/users/zoe"),
        {**quoting_note(peer, ana, mine.uri), "id": f"http://near.test:{peer.port}/notes/1"},
        {**quoting_note(peer, ana, mine.uri), "type": "Person"},
    ]
    for count, note in enumerate(forged, start=1):
        message = await ended(local, peer, ana, request(peer, ana, mine.uri, note), count)
        assert message.state == "skipped"
        assert note["id"] in message.reason  # where it was looked for
    assert await Post.objects.filter(is_local=False).acount() == 0
