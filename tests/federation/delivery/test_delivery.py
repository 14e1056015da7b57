"""Bringing activities to inboxes: signed, in order, once per host when it is down, and visible to the author."""

import datetime as dt
import json

import pytest

from core import clock
from core.crypto.keys import load_public_key
from core.db import async_atomic, own_connection, sql
from federation import queries
from federation.handlers import cleaning, delivery_queue
from federation.handlers.delivery_requests import retry_after
from federation.models import Delivery, OutgoingActivity, Peer, Policy
from federation.peers import set_policy
from federation.sending import send
from federation.system_actor import system_key
from tests.support.machine import descriptors
from tests.support.peers import (
    Corpse,
    FedifyPeer,
    GoToSocialPeer,
    MastodonPeer,
    Reply,
    SnacPeer,
    verify_cavage,
)
from tests.support.waiting import PATIENCE_S, wait_until
from users.domains.models import Domain

pytestmark = pytest.mark.anyio


def _activity(number: int = 1) -> dict:
    return {
        "id": f"http://testserver/activities/{number}",
        "type": "TestWave",
        "actor": "http://testserver/actor",
        "object": f"http://testserver/things/{number}",
    }


async def _send(*inboxes: str, number: int = 1) -> int | None:
    async with async_atomic():
        return await send(signer=0, activity=_activity(number), inboxes=inboxes)


async def _statuses() -> list[int]:
    async with own_connection():
        return [status async for status in Delivery.objects.order_by("id").values_list("status", flat=True)]


async def _ended(statuses: list[int], timeout_s: float = PATIENCE_S) -> None:
    async def same() -> bool:
        return await _statuses() == statuses

    await wait_until(same, timeout_s)


async def _peer_is(host: str, state: str) -> Peer:
    async def found() -> Peer | None:
        async with own_connection():
            return await Peer.objects.filter(host=host, state=state).afirst()

    return await wait_until(found)


@pytest.mark.slow
async def test_an_activity_arrives_signed_by_its_sender(local, peer, worker):
    assert await _send(f"{peer.base_url}/inbox")
    await _ended([1])
    [request] = peer.inbox
    assert request.json() == _activity()
    assert request.headers["content-type"] == "application/activity+json"
    domain = await Domain.objects.aget(name="testserver")
    assert request.headers["user-agent"].endswith(f"(+{domain.base_url}/)")

    assert verify_cavage(request, load_public_key((await system_key()).public_key))
    assert 'keyId="https://testserver/actor#main-key"' in request.headers["signature"]
    await _peer_is(peer.host, "idle")


async def test_each_kind_of_server_gets_it(local, worker):
    async with MastodonPeer("far.test") as a, GoToSocialPeer("far.test") as b, SnacPeer("far.test") as c:
        await _send(f"{a.base_url}/inbox", f"{b.base_url}/users/sam/inbox", f"{c.base_url}/sam/inbox")
        await _ended([1, 1, 1])
        assert [len(server.inbox) for server in (a, b, c)] == [1, 1, 1]


async def test_a_server_that_wants_rfc_9421_gets_it_at_the_second_knock_and_is_remembered(local, worker):
    async with FedifyPeer("far.test") as fedify:
        await _send(f"{fedify.base_url}/inbox")
        await _ended([1])
        assert len(fedify.requests) == 2
        await _peer_is(fedify.host, "idle")
        await _send(f"{fedify.base_url}/inbox", number=2)
        await _ended([1, 1])
        assert len(fedify.requests) == 3


@pytest.mark.slow
async def test_activities_of_one_sender_arrive_in_order(local, peer, worker):
    for number in range(40):
        await _send(f"{peer.base_url}/inbox", number=number)
    await _ended([1] * 40)
    assert [request.json()["id"] for request in peer.inbox] == [
        _activity(number)["id"] for number in range(40)
    ]


async def test_a_transaction_that_is_rolled_back_sends_nothing(local, peer, worker):
    async def fail() -> None:
        async with async_atomic():
            await send(signer=0, activity=_activity(), inboxes=[f"{peer.base_url}/inbox"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _statuses() == []
    assert await Peer.objects.acount() == 0


async def test_no_inboxes_and_useless_inboxes_send_nothing(local):
    assert await _send() is None
    assert await _send("", "nonsense", "http://[") is None


async def test_nothing_goes_to_a_blocked_host_or_one_below_it(local, peer, worker):
    await set_policy(host=peer.host, policy=Policy.blocked)
    async with MastodonPeer("a.far.test") as below:
        await set_policy(host=f"far.test:{below.port}", policy=Policy.blocked)
        assert await _send(f"{peer.base_url}/inbox", f"{below.base_url}/inbox") is None
    assert peer.requests == []


async def test_deliveries_to_a_blocked_host_are_dropped(local, peer, start_worker):
    await _send(f"{peer.base_url}/inbox")
    await set_policy(host=peer.host, policy=Policy.blocked)
    async with start_worker():
        await _ended([3])
    assert peer.requests == []


async def test_a_final_refusal_is_kept_with_its_reason_and_not_repeated(local, peer, worker):
    peer.replies["/inbox"] = Reply(403, b'{"error":"blocked"}')
    await _send(f"{peer.base_url}/inbox")
    await _ended([2])
    [view] = await queries.deliveries_of(_activity()["id"])
    assert (view.status, view.http_status) == ("failed", 403)
    assert "blocked" in view.reason
    assert len(peer.requests) == 1


async def test_a_refused_address_is_final_too(local, worker):
    await _send("http://10.0.0.1/inbox", "http://far.test:22/inbox")
    await _ended([2, 2])
    [view, _] = await queries.deliveries_of(_activity()["id"])
    assert "not sent" in view.reason


@pytest.mark.slow
async def test_a_dead_host_with_many_inboxes_costs_few_probes_and_gets_all_when_it_is_back(
    local, start_worker
):
    peer = MastodonPeer("far.test")
    async with peer:
        pass
    await _send(*(f"{peer.base_url}/users/u{number}/inbox" for number in range(900)))
    async with start_worker():
        failing = await wait_until(lambda: _failing(peer.host))
        assert failing.last_error
        assert await _statuses() == [0] * 900
        assert await sql.value("SELECT max(attempts) FROM federation_delivery") == 0
        async with peer:
            await Peer.objects.filter(host=peer.host).aupdate(state_due_at=clock.now())
            await _ended([1] * 900)
            assert len(peer.inbox) == 900
    peer_row = await Peer.objects.aget(host=peer.host)
    assert (peer_row.state, peer_row.failing_since) == ("idle", None)


async def _failing(host: str) -> Peer | None:
    async with own_connection():
        return await Peer.objects.filter(
            host=host, failing_since__isnull=False, state_error__isnull=False
        ).afirst()


async def test_a_failing_host_is_probed_with_one_delivery(local, peer, start_worker):
    await _send(*(f"{peer.base_url}/users/u{number}/inbox" for number in range(20)))
    await Peer.objects.filter(host=peer.host).aupdate(failing_since=clock.now() - dt.timedelta(hours=1))
    peer.replies = {f"/users/u{number}/inbox": Reply(503) for number in range(20)}
    async with start_worker():
        await wait_until(lambda: peer.requests)
        row = await wait_until(lambda: _failing(peer.host))
    assert len(peer.requests) == 1
    assert row.state_due_at > clock.now() + dt.timedelta(minutes=30)


async def test_after_a_week_the_circuit_opens_and_what_waits_is_dropped_with_the_reason(local, start_worker):
    peer = MastodonPeer("far.test")
    async with peer:
        pass
    await _send(f"{peer.base_url}/inbox")
    await Peer.objects.filter(host=peer.host).aupdate(failing_since=clock.now() - dt.timedelta(days=8))
    async with start_worker():
        await _peer_is(peer.host, "unreachable")
    assert await _statuses() == [3]
    await _send(f"{peer.base_url}/inbox", number=2)
    assert await _statuses() == [3, 3]
    [view] = await queries.deliveries_of(_activity(2)["id"])
    assert (view.status, view.reason) == ("dropped", "the host has not answered for a week")


async def test_deliveries_are_dropped_in_batches(local, start_worker, monkeypatch):
    monkeypatch.setattr(delivery_queue, "BATCH_SIZE", 2)
    peer = MastodonPeer("far.test")
    async with peer:
        pass
    await _send(*(f"{peer.base_url}/users/u{number}/inbox" for number in range(5)))
    await Peer.objects.filter(host=peer.host).aupdate(failing_since=clock.now() - dt.timedelta(days=8))
    async with start_worker():
        await _peer_is(peer.host, "unreachable")
    assert await _statuses() == [3] * 5


async def test_retry_after_is_honoured(local, peer, start_worker):
    peer.replies["/inbox"] = Reply(429, b"", headers={"Retry-After": "3000"})
    await _send(f"{peer.base_url}/inbox")
    async with start_worker():
        row = await _peer_is(peer.host, "waiting")
    assert row.state_due_at > clock.now() + dt.timedelta(seconds=2000)
    assert row.failing_since is None  # one inbox is not the host
    assert await _statuses() == [0]


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30), ("", None), ("soon", None), ("999999999999", None), ("9999999", 21600)]
)
def test_retry_after_is_read(text, seconds):
    wait = retry_after(text)
    assert wait == (None if seconds is None else dt.timedelta(seconds=seconds))


async def test_a_worker_without_file_descriptors_blames_no_host(local, peer, worker):
    hosts = [f"{name}.test:{peer.port}" for name in ("far", "near")]
    await sql.value("SELECT 1")  # connections to the database are there before descriptors run out

    async def tried() -> list[str]:
        async with own_connection():
            return await sql.column(
                "SELECT host FROM federation_peer WHERE state_error LIKE 'local_network%'"
            )

    with descriptors.without_file_descriptors():
        await _send(*(f"http://{host}/inbox" for host in hosts))
        assert sorted(await wait_until(lambda: _all_tried(tried, 2))) == hosts
    assert not await Peer.objects.filter(failing_since__isnull=False).aexists()
    assert not await Delivery.objects.exclude(attempts=0).aexists()
    await Peer.objects.all().aupdate(state_due_at=clock.now())
    await _ended([1, 1])


async def _all_tried(tried, count: int) -> list[str]:
    found = await tried()
    return found if len(found) == count else []


async def test_one_broken_inbox_does_not_hold_up_its_host(local, peer, worker):
    peer.replies["/users/broken/inbox"] = Reply(500)
    await _send(f"{peer.base_url}/users/broken/inbox", f"{peer.base_url}/users/well/inbox")
    await _ended([0, 1])
    for number in (2, 3):
        await _send(f"{peer.base_url}/users/well/inbox", number=number)
    async with own_connection():
        await Peer.objects.filter(host=peer.host).aupdate(state_due_at=clock.now())
    await _ended([0, 1, 1, 1])


async def test_a_slow_host_does_not_delay_others(local, peer, worker):
    async with Corpse("near.test") as corpse:
        await _send(
            *(f"{corpse.base_url}/users/u{number}/inbox" for number in range(50)), f"{peer.base_url}/inbox"
        )
        await wait_until(lambda: peer.inbox)


async def test_a_wake_up_lost_in_a_crash_is_made_up_for(local, peer, worker):
    """The process died after its commit and before it woke the host."""
    await sql.run(
        "INSERT INTO federation_outgoingactivity (id, signer, activity_type, activity_uri, object_uri, body) VALUES (1, 0, 'x', 'x', 'x', %s)",
        [json.dumps(_activity()).encode()],
    )
    await sql.run(
        "INSERT INTO federation_delivery (activity_id, host, inbox) VALUES (1, %s, %s)",
        [peer.host, f"{peer.base_url}/inbox"],
    )
    assert await cleaning.wake_forgotten_hosts() == 1
    await _ended([1])


async def test_the_author_sees_where_it_went(local, peer, worker):
    peer.replies["/users/no/inbox"] = Reply(404)
    await _send(f"{peer.base_url}/inbox", f"{peer.base_url}/users/no/inbox")
    await _ended([1, 2])
    summary = await queries.delivery_summary(_activity()["object"])
    assert (summary.delivered, summary.failed, summary.pending) == (1, 1, 0)


async def test_operators_see_the_queues(local, start_worker):
    await _send("http://far.test:1234/inbox", "http://far.test:1234/users/a/inbox")
    [queue] = await queries.host_queues()
    assert (queue.host, queue.waiting, queue.state) == ("far.test:1234", 2, "sending")


async def test_old_deliveries_keys_and_peers_are_cleaned_up(local, peer, worker):
    await _send(f"{peer.base_url}/inbox")
    await _ended([1])
    await _peer_is(peer.host, "idle")
    await cleaning.clean_up()
    assert await Delivery.objects.acount() == 1
    await sql.run("UPDATE federation_delivery SET ended_at = now() - interval '8 days'")
    await sql.run(
        "UPDATE federation_peer SET first_seen_at = now() - interval '1 year', last_success_at = now() - interval '91 days'"
    )
    await cleaning.clean_up()
    assert [await model.objects.acount() for model in (Delivery, OutgoingActivity, Peer)] == [0, 0, 0]
