"""Back-off belongs to the line (what one identity sends to one inbox); a host backs off when it fails as a host, and until it speaks."""

import datetime as dt

import pytest

from core import clock
from core.crypto.keys import make_rsa_pair
from core.db import async_atomic, own_connection, sql
from federation import queries
from federation.handlers import cleaning, delivery_queue
from federation.models import Delivery, OutgoingActivity, Peer
from federation.models.delivery import PARKED
from federation.sending import send
from federation.signatures import SigningKey
from tests.federation.conftest import post
from tests.support.peers import Corpse, MastodonPeer, Received, Reply
from tests.support.plans import measured, vacuum
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio


async def _post(*inboxes: str, number: int = 1, signer: int = 0) -> None:
    activity = {
        "id": f"http://testserver/activities/{number}",
        "type": "TestWave",
        "actor": "http://testserver/actor",
    }
    async with async_atomic():
        await send(signer=signer, activity=activity, inboxes=inboxes)


async def _statuses() -> list[int]:
    async with own_connection():
        return await sql.column("SELECT status FROM federation_delivery ORDER BY id")


async def _become(statuses: list[int]) -> None:
    async def same() -> bool:
        return await _statuses() == statuses

    await wait_until(same)


async def _waits(host: str) -> Peer:
    async def found() -> Peer | None:
        async with own_connection():
            return await Peer.objects.filter(host=host, state="waiting").afirst()

    return await wait_until(found)


async def _time_passes(host: str) -> None:
    """The next try of every line is due now."""
    await _waits(host)
    await sql.run("UPDATE federation_delivery SET retry_at = now() WHERE retry_at < %s", [PARKED])
    await sql.run(
        "UPDATE federation_peer SET state_due_at = now() WHERE host = %s AND state = 'waiting'", [host]
    )


def _numbers(requests: list[Received]) -> list[int]:
    return [int(request.json()["id"].rpartition("/")[2]) for request in requests]


@pytest.mark.slow
@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503])
async def test_while_one_inbox_refuses_the_others_of_its_host_get_theirs(local, peer, worker, status):
    refusing, well = f"{peer.base_url}/users/refusing/inbox", f"{peer.base_url}/users/well/inbox"
    peer.replies["/users/refusing/inbox"] = Reply(status)
    await _post(refusing, number=1)
    row = await _waits(peer.host)
    assert row.failing_since is None
    for number in (2, 3):  # woken by each, with nobody's help
        await _post(well, number=number)
        await _become([0, *([1] * (number - 1))])
        await _waits(peer.host)
    assert len([request for request in peer.requests if "refusing" in request.target]) == len(
        [request for request in peer.requests if "well" in request.target]
    ) - 2 + (2 if status == 401 else 1)


@pytest.mark.slow
async def test_while_one_person_is_refused_others_write_to_the_same_inbox(local, peer, worker, monkeypatch):
    other = make_rsa_pair()

    async def keys(signer_id: int):

        return SigningKey(f"http://testserver/users/{signer_id}#main-key", other.private_pem)

    monkeypatch.setattr("federation.signing._key_of", keys)

    def judge(request: Received) -> Reply | None:
        text = request.headers.get("signature", "") + request.headers.get("signature-input", "")
        return Reply(401) if "/users/7#" in text else None

    peer.replies["/inbox"] = judge
    inbox = f"{peer.base_url}/inbox"
    await _post(inbox, number=1, signer=7)
    await _waits(peer.host)
    await _post(inbox, number=2, signer=8)
    await _become([0, 1])
    await _post(inbox, number=3, signer=7)
    await _post(inbox, number=4, signer=8)
    await _become([0, 1, 0, 1])
    assert _numbers(peer.inbox) == [2, 4]


@pytest.mark.slow
async def test_deliveries_queued_behind_a_refused_one_do_not_overtake_it(local, peer, worker):
    peer.replies["/inbox"] = Reply(500)
    inbox = f"{peer.base_url}/inbox"
    await _post(inbox, number=1)
    await _waits(peer.host)
    for number in range(2, 25):
        await _post(inbox, number=number)

    async def parked() -> bool:
        async with own_connection():
            return (
                await sql.value("SELECT count(*) FROM federation_delivery WHERE retry_at = %s", [PARKED])
                == 23
            )

    await wait_until(parked)
    assert len(peer.requests) == 1
    await _time_passes(peer.host)
    await wait_until(lambda: len(peer.requests) == 2)  # one try of the line, not of each delivery
    await _waits(peer.host)
    del peer.replies["/inbox"]
    await _time_passes(peer.host)
    await _become([1] * 24)
    assert _numbers(peer.inbox) == list(range(1, 25))


@pytest.mark.slow
async def test_a_line_that_is_refused_for_long_gives_up_what_is_old_and_keeps_its_pace(local, peer, worker):
    peer.replies["/inbox"] = Reply(500)
    inbox = f"{peer.base_url}/inbox"
    for number in (1, 2, 3):
        await _post(inbox, number=number)
    await _waits(peer.host)
    await sql.run("UPDATE federation_delivery SET attempts = 11 WHERE retry_at < %s", [PARKED])
    await sql.run(
        "UPDATE federation_delivery SET created_at = now() - interval '3 days' WHERE id = (SELECT min(id) + 1 FROM federation_delivery)"
    )
    await _time_passes(peer.host)
    await _become([2, 2, 0])
    await _waits(peer.host)
    wait_s, attempts = await sql.one(
        "SELECT extract(epoch FROM retry_at - now())::float8, attempts FROM federation_delivery WHERE status = 0"
    )
    assert (3.9 * 3600 < wait_s < 4.1 * 3600, attempts) == (True, 11)
    assert len(peer.requests) == 2
    [view, *_] = await queries.deliveries_of("http://testserver/activities/2")
    assert (view.status, view.reason) == ("failed", "answered 500")


@pytest.mark.slow
async def test_a_head_that_is_refused_for_good_lets_the_others_go(local, peer, worker):
    peer.replies["/inbox"] = Reply(500)
    inbox = f"{peer.base_url}/inbox"
    for number in (1, 2):
        await _post(inbox, number=number)
    await _waits(peer.host)
    answers = iter([Reply(410)])
    peer.replies["/inbox"] = lambda request: next(answers, None)
    await _time_passes(peer.host)
    await _become([2, 1])


@pytest.mark.slow
async def test_an_inbox_that_hangs_does_not_hold_up_its_host(local, peer, worker, monkeypatch):
    monkeypatch.setattr("federation.handlers.deliver._SHORT_S", 0.3)
    monkeypatch.setattr("federation.handlers.deliver._LONG_S", 0.6)
    monkeypatch.setattr("federation.handlers.deliver._MIN_WAIT", dt.timedelta(seconds=0.5))
    await Peer.objects.acreate(host=peer.host, last_success_at=clock.now())
    async with Corpse("far.test") as corpse:
        # a path that hangs, behind the same name and port: the peer hands the request on to nobody
        peer.hanging = {"/users/hangs/inbox"}
        serve = peer._serve

        async def hang_some(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"/users/hangs/" in head:
                await corpse._serve(reader, writer)
            reader._buffer[:0] = head
            await serve(reader, writer)

        peer._serve = hang_some
        await _post(f"{peer.base_url}/users/hangs/inbox", f"{peer.base_url}/users/well/inbox")
        await _become([0, 1])
        for number in (2, 3):
            await _post(f"{peer.base_url}/users/well/inbox", number=number)
            await _become([0, *([1] * number)])


@pytest.mark.slow
async def test_a_host_that_refuses_all_lines_backs_off_as_a_whole(local, peer, worker):
    inboxes = [f"{peer.base_url}/users/u{number}/inbox" for number in range(60)]
    peer.replies = {f"/users/u{number}/inbox": Reply(503) for number in range(60)}
    await Peer.objects.acreate(host=peer.host, last_success_at=clock.now())
    await _post(*inboxes)
    row = await _waits(peer.host)
    assert row.failing_since is not None
    assert len(peer.requests) < 15
    assert await sql.value("SELECT max(attempts) FROM federation_delivery") == 0
    before = len(peer.requests)
    await _post(f"{peer.base_url}/users/v/inbox", number=2)  # wakes nobody: the host fails
    assert (await Peer.objects.aget(host=peer.host)).state == "waiting"
    peer.replies = {}
    await sql.run("UPDATE federation_peer SET state_due_at = now() WHERE state = 'waiting'")
    await _become([1] * 61)
    assert len(peer.requests) == before + 61


@pytest.mark.slow
@pytest.mark.parametrize("status", [0, 401, 408, 425, 429, 500, 501, 503, 507])
async def test_a_message_from_a_host_that_is_back_starts_its_deliveries(
    local, peer, ana, worker, seen, status
):
    """`status` 0: nobody was there."""
    inbox = f"{peer.base_url}/inbox"
    await post(
        local, peer, ana, peer.activity(ana, "TestWave")
    )  # noted just now, and that does not keep it from being woken
    await wait_until(lambda: seen.activities)
    if status:
        peer.replies["/inbox"] = Reply(status)
    else:
        await peer.stop()
    await _post(inbox, number=1)
    await _waits(peer.host)
    await _wait_for_hours(peer.host)
    peer.replies.pop("/inbox", None)
    if not status:
        await peer.start()
    await post(local, peer, ana, peer.activity(ana, "TestWave"))
    await _become([1])


@pytest.mark.slow
async def test_a_host_that_is_back_a_second_time_is_not_told_to_wait(local, peer, ana, worker, seen):
    """Two outages in a moment, both ended by its word."""
    for outage in (1, 2):
        peer.replies["/inbox"] = Reply(503)
        await _post(f"{peer.base_url}/inbox", number=outage)
        await _waits(peer.host)
        await _wait_for_hours(peer.host)
        del peer.replies["/inbox"]
        await post(local, peer, ana, peer.activity(ana, "TestWave"))
        await _become([1] * outage)


@pytest.mark.parametrize("lines", [1, 5])
async def test_messages_from_a_host_do_not_end_its_retry_after(local, peer, ana, worker, seen, lines):
    """One inbox, or the host as a whole."""
    await Peer.objects.acreate(host=peer.host, last_success_at=clock.now())
    inboxes = [f"{peer.base_url}/users/u{number}/inbox" for number in range(lines)]
    peer.replies = {
        f"/users/u{number}/inbox": Reply(429, headers={"Retry-After": "3600"}) for number in range(lines)
    }
    await _post(*inboxes)
    row = await _waits(peer.host)
    assert (row.failing_since is not None) == (lines > 1)
    asked = [request for request in peer.requests if request.method == "POST"]
    before = await sql.rows("SELECT id, retry_at FROM federation_delivery ORDER BY id")
    assert all(at > clock.now() + dt.timedelta(minutes=50) for _, at in before if at)
    for number in (1, 2):  # what the first wakes was woken when the second is handled
        await post(local, peer, ana, peer.activity(ana, "TestWave"))
        await wait_until(lambda n=number: len(seen.activities) == n)
    await _waits(peer.host)
    assert await sql.rows("SELECT id, retry_at FROM federation_delivery ORDER BY id") == before
    assert [request for request in peer.requests if request.method == "POST"] == asked


async def test_a_failing_host_is_not_probed_by_a_line_that_was_asked_to_wait(local, peer, worker):
    peer.replies["/users/limited/inbox"] = Reply(429, headers={"Retry-After": "3600"})
    await _post(f"{peer.base_url}/users/limited/inbox", number=1)
    await _waits(peer.host)
    peer.replies["/inbox"] = Reply(500)
    await _post(f"{peer.base_url}/inbox", number=2)
    await _waits(peer.host)
    await wait_until(lambda: len(peer.requests) == 2)
    far = clock.now() + dt.timedelta(hours=4)
    await sql.run("UPDATE federation_delivery SET retry_at = %s WHERE http_status = 500", [far])
    del peer.replies["/inbox"]
    await sql.run("UPDATE federation_peer SET failing_since = now(), state = 'probing', state_due_at = now()")
    await _become([0, 1])
    assert len([request for request in peer.requests if "limited" in request.target]) == 1


async def _wait_for_hours(host: str) -> None:
    far = clock.now() + dt.timedelta(hours=4)
    await sql.run("UPDATE federation_peer SET state_due_at = %s WHERE host = %s", [far, host])
    await sql.run("UPDATE federation_delivery SET retry_at = %s WHERE retry_at < %s", [far, PARKED])


@pytest.mark.slow
async def test_a_host_that_sends_but_refuses_deliveries_is_not_retried_at_each_message(
    local, peer, ana, worker, seen
):
    peer.replies["/inbox"] = Reply(503)
    await Peer.objects.acreate(host=peer.host, failing_since=clock.now() - dt.timedelta(hours=3))
    await _post(f"{peer.base_url}/inbox")
    await _waits(peer.host)
    asked = len(peer.inbox) + len([request for request in peer.requests if request.method == "POST"])
    for number in range(1, 6):
        await post(local, peer, ana, peer.activity(ana, "TestWave"))
        await wait_until(lambda n=number: len(seen.activities) == n)
        await _waits(peer.host)
    assert len([request for request in peer.requests if request.method == "POST"]) <= asked + 1


async def test_deliveries_parked_behind_a_head_that_is_gone_are_found(local, peer, worker):
    """The worker died between the end of the head and the release of its line."""
    await OutgoingActivity.objects.acreate(
        id=1, signer=0, activity_type="x", activity_uri="x", object_uri="x", body=b"{}"
    )
    await Delivery.objects.acreate(
        activity_id=1, host=peer.host, inbox=f"{peer.base_url}/inbox", retry_at=PARKED
    )
    await Peer.objects.acreate(host=peer.host, state="sending", last_success_at=clock.now())
    await _become([1])


@pytest.mark.slow
async def test_a_long_refused_line_costs_nothing_when_the_next_delivery_is_looked_for(local, monkeypatch):
    await sql.run(
        """
        INSERT INTO federation_outgoingactivity (id, signer, activity_type, activity_uri, object_uri, body)
        SELECT n, n % 2, 'x', 'x', 'x', 'x' FROM generate_series(1, 20000) n
        """
    )
    await sql.run(
        """
        INSERT INTO federation_delivery (activity_id, host, inbox, retry_at, attempts)
        SELECT n, 'far.test', 'https://far.test/inbox',
               CASE WHEN n = 1 THEN now() + interval '1 hour' WHEN n %% 2 = 1 THEN %s::timestamptz END, 1
        FROM generate_series(1, 20000) n WHERE n < 19000 AND n %% 2 = 1 OR n >= 19900
        """,
        [PARKED],
    )
    await vacuum()
    async with measured(monkeypatch) as costs:
        [found] = await delivery_queue.due_deliveries([delivery_queue.Turn("far.test", 10)])
    assert [delivery.signer for delivery in found] == [0] * 10
    assert max(cost.most_rows for cost in costs) <= 40
    assert sum(cost.buffers for cost in costs) < 200


async def test_hosts_that_wait_for_their_lines_are_not_taken_for_forgotten(local, peer, worker):

    peer.replies["/inbox"] = Reply(500)
    await _post(f"{peer.base_url}/inbox")
    await _waits(peer.host)
    async with MastodonPeer("near.test") as near:
        assert near.requests == []
    assert await cleaning.wake_forgotten_hosts() == 0
