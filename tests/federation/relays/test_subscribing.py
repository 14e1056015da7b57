"""Subscriptions to relays in both dialects: what is sent, who may answer, and how they end."""

import datetime as dt

import httpx
import pytest

from core import clock
from core.crypto.keys import load_public_key
from core.errors import BadInput, NotAllowed
from core.http import FetchError
from federation.documents import PUBLIC
from federation.models import InboxMessage, Policy, Relay
from federation.peers import set_policy
from federation.relays import subscribing
from federation.relays.queries import accepted_relays, state_of
from federation.system_actor import system_key
from stator.workers.worker import Worker
from tests.federation.conftest import post, settled
from tests.federation.relays.conftest import answered, subscribe
from tests.support.peers import ActorRelay, InboxRelay, MastodonPeer, verify_cavage
from tests.support.waiting import wait_until
from users.identities.models import Identity

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ACTOR = "https://testserver/actor"


async def test_a_relay_of_mastodons_dialect_accepts(
    alice: Identity, local: httpx.AsyncClient, inbox_relay: InboxRelay, worker: Worker
) -> None:
    relay = await subscribing.add_relay(address=f" {inbox_relay.base_url}/inbox ")
    [follow] = await wait_until(lambda: inbox_relay.follows)
    assert (follow["actor"], follow["object"], follow["id"]) == (ACTOR, PUBLIC, relay.follow_uri)
    assert verify_cavage(inbox_relay.inbox[0], load_public_key((await system_key()).public_key))
    assert state_of(relay) == "waiting"
    await post(local, inbox_relay, inbox_relay.actor, inbox_relay.accept(follow))
    relay = await answered(relay)
    assert relay.actor_uri == inbox_relay.actor.uri
    await subscribing.remove_relay(relay_id=relay.pk)
    undo = await wait_until(lambda: next((one for one in inbox_relay.taken if one["type"] == "Undo"), None))
    assert (undo["actor"], undo["object"]) == (ACTOR, follow)
    assert await accepted_relays() == []
    # an answer that comes after that means nothing
    await post(local, inbox_relay, inbox_relay.actor, inbox_relay.accept(follow))
    assert (await settled(2))[-1].state == "skipped"
    assert await Relay.objects.acount() == 0


async def test_a_relay_of_litepubs_dialect_follows_back(
    alice: Identity, local: httpx.AsyncClient, actor_relay: ActorRelay, worker: Worker
) -> None:
    # a name alone means the actor there; one with a port speaks plain HTTP where that is allowed
    relay = await subscribing.add_relay(address=actor_relay.host)
    assert relay.actor_uri == actor_relay.actor.uri
    [follow] = await wait_until(lambda: actor_relay.follows)
    assert (follow["actor"], follow["object"]) == (ACTOR, actor_relay.actor.uri)
    # it may follow before it accepts
    back = actor_relay.follow_back(follow)
    await post(local, actor_relay, actor_relay.actor, back)
    accept = await wait_until(
        lambda: next((one for one in actor_relay.taken if one["type"] == "Accept"), None)
    )
    assert (accept["actor"], accept["object"]["id"]) == (ACTOR, back["id"])
    await post(local, actor_relay, actor_relay.actor, actor_relay.accept(follow))
    await answered(relay)


async def test_a_relay_that_rejects_or_says_nothing(
    alice: Identity, local: httpx.AsyncClient, inbox_relay: InboxRelay, worker: Worker
) -> None:
    relay = await subscribe(local, inbox_relay)
    await Relay.objects.filter(pk=relay.pk).aupdate(
        asked_at=clock.now() - dt.timedelta(days=9), answered_at=clock.now() - dt.timedelta(days=4)
    )
    assert state_of(await Relay.objects.aget()) == "silent", "accepted, and nothing came"
    await Relay.objects.filter(pk=relay.pk).aupdate(last_heard_at=clock.now())
    assert state_of(await Relay.objects.aget()) == "accepted"
    await post(local, inbox_relay, inbox_relay.actor, inbox_relay.reject(inbox_relay.follows[0]))
    await answered(relay, "rejected")
    assert await accepted_relays() == []
    await Relay.objects.filter(pk=relay.pk).aupdate(status="waiting")
    assert state_of(await Relay.objects.aget()) == "silent", "asked nine days ago"


async def test_only_the_relay_itself_answers(
    alice: Identity,
    local: httpx.AsyncClient,
    inbox_relay: InboxRelay,
    actor_relay: ActorRelay,
    worker: Worker,
) -> None:
    """Somebody who learned the id of the Follow accepts it from another host, or from another actor of a known relay."""
    await subscribing.add_relay(address=f"{inbox_relay.base_url}/inbox")
    await subscribing.add_relay(address=f"{actor_relay.base_url}/actor")
    follows = [*await wait_until(lambda: inbox_relay.follows), *await wait_until(lambda: actor_relay.follows)]
    async with MastodonPeer("evil.test") as evil:
        eve = evil.add_actor("eve")
        other = actor_relay.add_actor("other")
        for follow in follows:
            await post(local, evil, eve, evil.activity(eve, "Accept", follow))
            await post(local, evil, eve, evil.activity(eve, "Accept", follow["id"]))
        await post(local, actor_relay, other, actor_relay.activity(other, "Accept", follows[1]))
        await post(local, evil, eve, evil.activity(eve, "Follow", ACTOR))
        assert {message.state for message in await settled(6)} == {"skipped"}
    assert {relay.status async for relay in Relay.objects.all()} == {"waiting"}
    assert not any(one["type"] == "Accept" for one in actor_relay.taken)


async def test_invalid_relay_addresses_are_refused(
    alice: Identity, inbox_relay: InboxRelay, actor_relay: ActorRelay
) -> None:
    inbox = f"{inbox_relay.base_url}/inbox"
    await set_policy(host="near.test", policy=Policy.blocked)
    for address, error in (
        ("", BadInput),
        ("ftp://far.test/inbox", BadInput),
        ("https://user@far.test/inbox", BadInput),
        ("https://testserver/inbox", BadInput),
        ("https://near.test/inbox", NotAllowed),
        (f"{actor_relay.base_url}/nothing", FetchError),
        ("http://169.254.169.254/latest/actor", FetchError),
    ):
        with pytest.raises(error):
            await subscribing.add_relay(address=address)
    actor_relay.actor.extra["inbox"] = "https://far.test/inbox"  # everybody's posts would go to somebody else
    with pytest.raises(BadInput):
        await subscribing.add_relay(address=f"{actor_relay.base_url}/actor")
    for limits in ({"most_per_minute": 0}, {"hashtags": ["!!"]}, {"hashtags": [f"x{n}" for n in range(101)]}):
        with pytest.raises(BadInput):
            await subscribing.add_relay(address=inbox, **limits)  # type: ignore[arg-type]
    await subscribing.add_relay(address=inbox)
    with pytest.raises(BadInput):
        await subscribing.add_relay(address=inbox)
    assert await Relay.objects.acount() == 1
    assert await InboxMessage.objects.acount() == 0
