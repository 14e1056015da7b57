"""Limits of the inbox by host and network: key look-ups, unverified messages, floods."""

import datetime as dt
import json

import pytest

from core import clock
from federation.fetching import DocumentNotFound
from federation.remote_keys import TooManyKeys, fetch_key
from tests.federation.conftest import LOCAL, messages, post, settled
from tests.support.peers import (
    FakePeer,
    MastodonPeer,
    cavage_headers,
    make_key,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio


async def test_a_host_has_a_number_of_keys_looked_up(local, peer, ana, monkeypatch):
    """Beyond it they wait; other hosts' are looked up."""
    monkeypatch.setattr("federation.remote_keys.MAX_LOOKUPS_PER_HOST", 2)
    await fetch_key(ana.key_id)
    await fetch_key(peer.add_actor("bob").key_id)
    with pytest.raises(TooManyKeys) as refused:
        await fetch_key(peer.add_actor("cat").key_id)
    assert refused.value.is_ours, "it counts as no failed try"
    async with FakePeer("near.test") as other:
        assert await fetch_key(other.add_actor("eva").key_id)
    with clock.shifted(dt.timedelta(hours=1, seconds=1)):
        assert await fetch_key(peer.add_actor("dan").key_id)


async def test_a_site_has_a_number_of_keys_looked_up_at_all_its_hosts(local, peer, monkeypatch):
    monkeypatch.setattr("federation.remote_keys.MAX_LOOKUPS_PER_SITE", 2)
    async with FakePeer("near.test") as one, FakePeer("near.test") as two:
        for sub in (one, two):
            await fetch_key(sub.add_actor("eva").key_id)
        with pytest.raises(TooManyKeys):
            await fetch_key(two.add_actor("dan").key_id)


async def test_failed_key_lookups_count_for_the_clients_network(local, peer, ana, monkeypatch):
    """Whether the keys are made up or those of others there: the host's new people are looked up still."""
    monkeypatch.setattr("federation.remote_keys.MAX_LOOKUPS_PER_HOST", 2)
    monkeypatch.setattr("federation.remote_keys.MAX_FAILED_PER_NETWORK", 3)
    stranger, bob = "192.0.2.1", peer.add_actor("bob")
    for name in ("none", "nobody"):
        with pytest.raises(DocumentNotFound):
            await fetch_key(f"{peer.base_url}/users/{name}#main-key", network=stranger)
    assert await fetch_key(bob.key_id, network=stranger, matches=lambda key: False)
    with pytest.raises(TooManyKeys):
        await fetch_key(ana.key_id, network=stranger)
    asked = len(peer.requests)
    for _ in range(3):
        with pytest.raises(TooManyKeys):
            await fetch_key(f"{peer.base_url}/users/none#main-key", network=stranger)
    assert len(peer.requests) == asked
    for actor in (ana, bob):
        assert await fetch_key(actor.key_id, network="192.0.2.2")
    with pytest.raises(TooManyKeys):
        await fetch_key(peer.add_actor("cat").key_id, network="192.0.2.2")


async def test_the_subnets_of_one_holder_share_what_may_fail(local, peer, monkeypatch):
    monkeypatch.setattr("federation.remote_keys.MAX_FAILED_PER_NETWORK", 1)
    for number in range(5):
        with pytest.raises(DocumentNotFound):
            await fetch_key(f"{peer.base_url}/users/none", network=f"2001:db8:1:{number}::/64")
    with pytest.raises(TooManyKeys):
        await fetch_key(f"{peer.base_url}/users/none", network="2001:db8:1:9::/64")


async def test_wrong_signatures_are_charged_to_their_sender(local, peer, ana, worker, monkeypatch):
    """Through the inbox and the worker: after one, the next waits, and the host is charged nothing."""
    monkeypatch.setattr("federation.remote_keys.MAX_FAILED_PER_NETWORK", 1)
    monkeypatch.setattr("federation.remote_keys.MAX_LOOKUPS_PER_HOST", 1)
    body = json.dumps(peer.activity(ana, "TestWave")).encode()
    other = next(key for key in (make_key() for _ in range(9)) if key is not ana.key)
    headers = cavage_headers(other, ana.key_id, "POST", f"{LOCAL}/inbox", body)
    assert (await local.post("/inbox", content=body, headers=headers)).status_code == 202
    assert [message.state for message in await settled()] == ["failed"]
    bob = peer.add_actor("bob")
    await post(local, peer, bob, peer.activity(bob, "TestWave"))
    await wait_until(_waiting_reason)
    assert "too_many_keys" in await _waiting_reason()
    assert await fetch_key(bob.key_id, network="192.0.2.2")


async def _waiting_reason() -> str:
    return next((message.state_error for message in await messages() if message.state == "unverified"), "")


async def test_garbage_of_unknown_keys_can_not_fill_the_disk(local, peer, ana, monkeypatch):
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED_OF_HOST", 5)
    async with FakePeer("near.test") as other:
        answers = [await post(local, peer, ana, peer.activity(ana, "TestWave")) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [429] * 2
        assert answers[-1].headers["retry-after"] == "300"
        eva = other.add_actor("eva")
        assert (await post(local, other, eva, other.activity(eva, "TestWave"))).status_code == 202


async def test_unverified_messages_are_counted_by_the_network_they_come_from(local, peer, ana, monkeypatch):
    """By IPv6 /64 and, more loosely, by /48."""
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED_OF_NETWORK", 2)

    async def status(address):
        local._transport.client = (address, 40000)
        return (await post(local, peer, ana, peer.activity(ana, "TestWave"))).status_code

    assert [await status(f"2001:db8:0:1::{n}") for n in range(3)] == [202, 202, 429]
    assert [await status(f"2001:db8:0:{n:x}::1") for n in range(2, 11)] == [202] * 8 + [429]
    assert await status("2001:db8:1::1") == 202
    assert await status("192.0.2.1") == 202


async def test_unverified_messages_do_not_count_for_the_claimed_host(local, peer, ana, monkeypatch):
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED_OF_HOST", 3)

    async def status(address):
        local._transport.client = (address, 40000)
        return (await post(local, peer, ana, peer.activity(ana, "TestWave"))).status_code

    assert [await status("198.51.100.7") for _ in range(4)] == [202, 202, 202, 429]
    assert [await status("192.0.2.1") for _ in range(4)] == [202, 202, 202, 429]


async def test_one_network_can_not_take_up_the_bytes_of_all(local, peer, ana, monkeypatch):
    """However many hosts it claims to be; by IPv6 /48 five times as much."""
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED_BYTES_OF_NETWORK", 3000)

    async def status(address, who=peer, actor=ana):
        local._transport.client = (address, 40000)
        document = {**who.activity(actor, "TestWave"), "filler": "x" * 1200}
        return (await post(local, who, actor, document)).status_code

    async with FakePeer("near.test") as other:
        eva = other.add_actor("eva")
        assert [await status("198.51.100.7") for _ in range(2)] == [202, 202]
        assert await status("198.51.100.7", other, eva) == 429
        assert await status("192.0.2.1", other, eva) == 202
        found = [await status(f"2001:db8:0:{n:x}::1", other, eva) for n in range(1, 13)]
        assert 202 in found
        assert found[-1] == 429


@pytest.mark.slow
async def test_networks_together_leave_room_for_one_that_is_not_heard_of_yet(local, peer, ana, monkeypatch):
    """Ten that send all they may: a newcomer is taken in, and so is the next."""
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED", 100)
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED_OF_NETWORK", 10)

    async def flood(address):
        local._transport.client = (address, 40000)
        taken = 0
        while (await post(local, peer, ana, peer.activity(ana, "TestWave"))).status_code == 202:
            taken += 1
        return taken

    taken = [await flood(f"198.51.100.{number}") for number in range(10)]
    assert taken[0] == 10  # while few send, each may hold as much as before
    assert taken[-1] >= 3
    assert [await flood(f"198.51.100.{number}") for number in range(10)] == [0] * 10
    newcomers = [await flood(f"192.0.2.{number}") for number in range(3)]
    assert newcomers[0] >= 3
    assert newcomers[-1] >= 1
    assert [await flood(f"198.51.100.{number}") for number in range(10)] == [0] * 10


async def test_networks_together_leave_bytes_for_one_that_is_not_heard_of_yet(local, peer, ana, monkeypatch):
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED_BYTES", 40_000)
    monkeypatch.setattr("federation.inbox.storing._MAX_UNVERIFIED_BYTES_OF_NETWORK", 4_000)

    async def flood(address):
        local._transport.client = (address, 40000)
        taken, document = 0, {**peer.activity(ana, "TestWave"), "filler": "x" * 800}
        while (await post(local, peer, ana, document)).status_code == 202:
            taken += 1
        return taken

    taken = [await flood(f"198.51.100.{number}") for number in range(10)]
    assert all(taken)
    assert await flood("192.0.2.1") >= 1


async def test_a_flood_of_one_host_is_served_after_the_others(local, peer, known, monkeypatch):
    monkeypatch.setattr("federation.inbox.fairness.PER_SECOND", 1)
    monkeypatch.setattr("federation.inbox.fairness.BURST_S", 3)
    monkeypatch.setattr("federation.inbox.fairness.MAX_DELAY_S", 8.5)
    answers = [await post(local, peer, known, peer.activity(known, "TestWave")) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 9 + [429] * 2
    flood = await messages()
    async with MastodonPeer("near.test") as other:
        eva = other.add_actor("eva")
        await fetch_key(eva.key_id)
        await post(local, other, eva, other.activity(eva, "TestWave"))
    waits = [(message.state_due_at - message.received_at).total_seconds() for message in await messages()]
    assert waits[0] < 0.1
    assert waits[8] > 4
    assert waits[9] < 0.1
    assert [message.state_due_at for message in flood] == sorted(message.state_due_at for message in flood)
