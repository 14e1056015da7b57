"""The worker's handling of stored messages: keys fetched, authority checked, handlers run once, in order, independent of each other."""

import dataclasses
import datetime as dt
import json

import pytest

from core import clock
from core.db import sql
from core.http import LocalNetworkError
from federation import registry
from federation.models import InboxMessage, Peer
from federation.remote_keys import fetch_key, known_key
from tests.federation.conftest import LOCAL, messages, only_message, post, settled
from tests.support.machine import descriptors
from tests.support.memory import forget_everything
from tests.support.peers import (
    Corpse,
    GoToSocialPeer,
    Liar,
    Reply,
    SnacPeer,
    cavage_headers,
    make_key,
    public_pem,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.anyio


async def test_the_key_of_a_new_actor_is_fetched_and_its_activity_handled(local, peer, ana, worker, seen):
    document = peer.activity(ana, "TestWave", "https://elsewhere.example/1")
    await post(local, peer, ana, document)
    [message] = await settled()
    assert message.state == "handled"
    assert seen.ids == [document["id"]]
    [activity] = seen.activities
    assert (activity.actor, activity.host, activity.object_id) == (
        ana.uri,
        peer.host,
        "https://elsewhere.example/1",
    )
    assert (await known_key(ana.key_id)).owner == ana.uri


async def test_gotosocials_stub_keys_are_followed_to_their_owner(local, worker, seen):
    async with GoToSocialPeer("near.test") as gotosocial:
        sam = gotosocial.add_actor("sam")
        await post(local, gotosocial, sam, gotosocial.activity(sam, "TestWave"))
        [message] = await settled()
        assert (message.state, len(seen.ids)) == ("handled", 1)
        unsigned = [
            request for request in gotosocial.requests if not request.is_signed and request.method == "GET"
        ]
        assert unsigned == []  # it would have refused them


async def test_a_snac_actor_is_heard(local, worker, seen):
    async with SnacPeer("near.test") as snac:
        sam = snac.add_actor("sam")
        await post(local, snac, sam, snac.activity(sam, "TestWave"))
        assert [message.state for message in await settled()] == ["handled"]


async def test_a_bare_key_document_is_believed_when_its_owner_names_it(local, peer, ana, worker, seen):
    ana.key_id = f"{peer.base_url}/keys/7"
    peer.add_document({**peer.key_entry(ana), "type": "Key"})
    await post(local, peer, ana, peer.activity(ana, "TestWave"))
    assert [message.state for message in await settled()] == ["handled"]


async def test_a_key_that_its_owner_does_not_name_is_refused(local, peer, ana, worker, seen):
    mallory = peer.add_actor(
        "mallory", next(key for key in (make_key() for _ in range(9)) if key is not ana.key)
    )
    mallory.key_id = f"{peer.base_url}/keys/8"
    peer.add_document(
        {"id": mallory.key_id, "type": "Key", "owner": ana.uri, "publicKeyPem": public_pem(mallory.key)}
    )
    body = json.dumps(peer.activity(ana, "TestWave")).encode()
    headers = cavage_headers(mallory.key, mallory.key_id, "POST", f"{LOCAL}/inbox", body)
    assert (await local.post("/inbox", content=body, headers=headers)).status_code == 202
    [message] = await settled()
    assert (message.state, seen.ids) == ("failed", [])
    assert "no such key" in message.state_error


async def test_an_alias_of_an_actor_owns_no_key(local, peer, ana, worker, seen):
    """What is served there is Ana's document, so nobody may act as the alias."""
    alias = dataclasses.replace(ana, key_id=f"{peer.base_url}/keys/9")
    entry = {**peer.key_entry(alias), "owner": f"{peer.base_url}/alias"}
    peer.documents |= {
        "/keys/9": {**entry, "type": "Key"},
        "/alias": {**peer.actor_document(ana), "publicKey": entry},
        "/users/ana": {**peer.actor_document(ana), "publicKey": entry},
    }
    await post(local, peer, alias, {**peer.activity(ana, "TestWave"), "actor": f"{peer.base_url}/alias"})
    [message] = await settled()
    assert (message.state, seen.ids) == ("failed", [])
    assert "another address" in message.state_error


async def test_a_key_for_an_actor_on_another_host_is_refused(local, peer, ana, worker, seen):
    async with Liar("near.test") as liar:
        eve = liar.add_actor("eve")
        eve.extra = {"publicKey": {"id": eve.key_id, "owner": ana.uri, "publicKeyPem": public_pem(eve.key)}}
        await post(local, liar, eve, liar.activity(eve, "TestWave"))
        [message] = await settled()
        assert (message.state, seen.ids) == ("failed", [])
        assert "another server" in message.state_error


async def test_a_document_with_an_id_of_another_host_is_refused(local, peer, ana, worker, seen):
    async with Liar("near.test") as liar:
        eve = liar.add_actor("eve")
        liar.replies["/users/eve"] = Reply(
            200, json.dumps({**liar.actor_document(eve), "id": ana.uri}).encode()
        )
        await post(local, liar, eve, liar.activity(eve, "TestWave"))
        [message] = await settled()
        assert (message.state, seen.ids) == ("failed", [])


async def test_a_wrong_signature_of_a_new_actor_fails_with_its_reason(local, peer, ana, worker, seen):
    body = json.dumps(peer.activity(ana, "TestWave")).encode()
    other = next(key for key in (make_key() for _ in range(9)) if key is not ana.key)
    headers = cavage_headers(other, ana.key_id, "POST", f"{LOCAL}/inbox", body)
    assert (await local.post("/inbox", content=body, headers=headers)).status_code == 202
    [message] = await settled()
    assert (message.state, message.state_error, seen.ids) == ("failed", "the signature is wrong", [])


async def test_a_changed_key_is_fetched_once(local, peer, ana, worker, seen):
    await fetch_key(ana.key_id)
    ana.key = next(key for key in (make_key() for _ in range(9)) if key is not ana.key)
    await sql.run("UPDATE federation_remotekey SET fetched_at = now() - interval '1 hour'")
    with clock.shifted(dt.timedelta(minutes=1)):
        forget_everything()
        assert (await post(local, peer, ana, peer.activity(ana, "TestWave"))).status_code == 202
    assert [message.state for message in await settled()] == ["handled"]
    assert (await post(local, peer, ana, peer.activity(ana, "TestWave"))).status_code == 202
    assert [message.state for message in await settled(2)] == ["handled"] * 2


async def test_while_a_key_can_not_be_fetched_the_message_waits_and_then_is_handled(
    local, peer, ana, worker, seen, wait_until
):
    peer.replies["/users/ana"] = Reply(503)
    await post(local, peer, ana, peer.activity(ana, "TestWave"))

    async def put_off():
        message = await only_message()
        return message if message.state_error else None

    message = await wait_until(put_off)
    assert (message.state, seen.ids) == ("unverified", [])
    assert "peer_failed" in message.state_error
    del peer.replies["/users/ana"]
    await InboxMessage.objects.filter(pk=message.pk).aupdate(state_due_at=clock.now())
    assert [message.state for message in await settled()] == ["handled"]


async def test_a_worker_without_file_descriptors_blames_no_signer(local, peer, ana, worker, seen, wait_until):
    async def put_off():
        message = await only_message()
        return message if message.state_error else None

    with descriptors.without_file_descriptors():
        await post(local, peer, ana, peer.activity(ana, "TestWave"))
        message = await wait_until(put_off)
    assert (message.state, message.state_attempts) == ("unverified", 0)
    assert "local_network" in message.state_error
    await InboxMessage.objects.filter(pk=message.pk).aupdate(state_due_at=clock.now())
    assert [message.state for message in await settled()] == ["handled"]


async def test_an_activity_waits_for_local_network_errors_however_often_it_was_tried(
    local, peer, ana, worker, seen, wait_until, monkeypatch
):
    real = registry.registered

    async def fails(uri: str) -> None:
        raise LocalNetworkError.of(uri)

    monkeypatch.setattr(registry, "registered", lambda what: fails if what == "resolver test" else real(what))
    await fetch_key(ana.key_id)
    await post(local, peer, ana, peer.activity(ana, "TestWave") | {"needs": "https://elsewhere.example/1"})

    async def put_off():
        message = await only_message()
        return message if message.state_error else None

    await wait_until(put_off)
    await InboxMessage.objects.all().aupdate(state_due_at=clock.now(), state_attempts=5, state_error=None)
    message = await wait_until(put_off)
    assert (message.state, message.state_attempts) == ("fetching", 5)
    assert "local_network" in message.state_error


async def test_a_dead_host_does_not_delay_others(local, peer, ana, worker, seen):
    async with Corpse("near.test") as corpse:
        zed = corpse.add_actor("zed")
        for _ in range(30):
            await post(local, corpse, zed, corpse.activity(zed, "TestWave"))
        await post(local, peer, ana, peer.activity(ana, "TestWave"))

        async def handled():
            return [message async for message in InboxMessage.objects.filter(state="handled")]

        assert [message.actor for message in await wait_until(handled)] == [ana.uri]


@pytest.fixture
def gone(monkeypatch):
    """The actors that were ended here; every actor is known."""
    ended, real = [], registry.registered

    async def note(uri: str) -> None:
        ended.append(uri)

    async def knows(uri: str) -> bool:
        return True

    answers = {"actor gone": note, "knows actor": knows}
    monkeypatch.setattr(registry, "registered", lambda what: answers.get(what) or real(what))
    return ended


async def test_a_deleted_actor_whose_key_is_gone_is_forgotten(local, peer, ana, worker, seen, gone):
    ana.is_deleted = True
    await post(local, peer, ana, peer.activity(ana, "Delete", ana.uri))
    assert [message.state for message in await settled()] == ["skipped"]
    assert gone == [ana.uri]


async def test_a_deleted_actor_whose_key_was_below_it_is_forgotten(local, worker, seen, gone):
    async with GoToSocialPeer("near.test") as gotosocial:
        sam = gotosocial.add_actor("sam")
        sam.is_deleted = True
        await post(local, gotosocial, sam, gotosocial.activity(sam, "Delete", sam.uri))
        assert [message.state for message in await settled()] == ["skipped"]
        assert gone == [sam.uri]


@pytest.mark.parametrize("tail", ["/statuses/1", "?x", "?x#main-key", "/main-key"])
@pytest.mark.parametrize("status", [404, 410])
async def test_a_deleted_key_id_does_not_prove_that_the_actor_is_deleted(
    local, peer, ana, worker, seen, gone, tail, status
):
    """Anybody may name a deleted post of theirs as the key: only what the actor's own address answers counts."""
    body = json.dumps(peer.activity(ana, "Delete", ana.uri)).encode()
    address = f"/users/ana{tail.partition('#')[0]}"
    peer.replies[address.partition("?")[0]] = lambda request: (
        Reply(status) if request.target == address else None
    )
    headers = cavage_headers(make_key(), ana.uri + tail, "POST", f"{LOCAL}/inbox", body)
    answer = await local.post("/inbox", content=body, headers=headers)
    if answer.status_code == 202:
        assert [message.state for message in await settled()] == ["failed"]
    assert gone == []


async def test_a_delete_waits_while_the_actor_of_a_gone_key_does_not_answer(
    local, peer, ana, worker, seen, gone, wait_until
):
    ana.key_id = f"{ana.uri}/main-key"
    peer.replies |= {"/users/ana/main-key": Reply(410), "/users/ana": Reply(503)}
    await post(local, peer, ana, peer.activity(ana, "Delete", ana.uri))

    async def put_off():
        message = await only_message()
        return message if message.state_error else None

    message = await wait_until(put_off)
    assert (message.state, gone) == ("unverified", [])
    peer.replies["/users/ana"] = Reply(410)
    await InboxMessage.objects.filter(pk=message.pk).aupdate(state_due_at=clock.now())
    assert [message.state for message in await settled()] == ["skipped"]
    assert gone == [ana.uri]


@pytest.mark.parametrize(
    ("mood", "state", "reason"),
    [("ignored", "skipped", "not today"), ("refused", "failed", "not allowed")],
)
async def test_outcomes_of_handlers_are_kept_with_the_reason(
    local, peer, ana, worker, seen, mood, state, reason
):
    await post(local, peer, ana, peer.activity(ana, "TestWave", mood=mood))
    [message] = await settled()
    assert (message.state, message.reason) == (state, reason)


async def test_an_unhandled_type_is_skipped_with_a_reason(local, peer, ana, worker):
    await post(local, peer, ana, peer.activity(ana, "Listen", {"type": "Audio"}))
    [message] = await settled()
    assert (message.state, message.reason) == ("skipped", "Listen of Audio is not handled here")


async def test_a_broken_handler_spoils_its_own_message_only(local, peer, ana, worker, seen, wait_until):
    await fetch_key(ana.key_id)
    await post(local, peer, ana, peer.activity(ana, "TestWave", mood="broken"))
    for _ in range(5):
        await post(local, peer, ana, peer.activity(ana, "TestWave"))
    await wait_until(lambda: len(seen.ids) == 5)

    async def received() -> list[InboxMessage] | None:
        """Once the others' transactions have ended, too."""
        left = [message for message in await messages() if message.state == "received"]
        return left if len(left) == 1 else None

    [message] = await wait_until(received)
    assert (message.tries, message.state_error) == (1, "RuntimeError: a bug")


@pytest.mark.slow
async def test_a_handler_that_asks_for_later_is_called_again(local, peer, ana, worker, seen, monkeypatch):
    seen.breaks_left = 1
    await post(local, peer, ana, peer.activity(ana, "TestWave", mood="shaky"))
    assert [message.state for message in await settled(timeout_s=8)] == ["handled"]


@pytest.mark.slow
async def test_documents_a_handler_needs_are_fetched_first(local, peer, ana, worker, seen):
    note = peer.note(ana)
    await post(local, peer, ana, peer.activity(ana, "TestWave", note["id"], mood="asking"))
    await post(local, peer, ana, peer.activity(ana, "TestWave", needs=peer.note(ana)["id"]))
    assert [message.state for message in await settled(2)] == ["handled"] * 2
    assert len(seen.asked) == 2


@pytest.mark.slow
async def test_later_messages_of_an_actor_wait_for_one_that_is_being_fetched_for(
    local, peer, ana, worker, seen
):
    await fetch_key(ana.key_id)
    note = peer.note(ana)
    peer.delay_s = 0.2
    first = peer.activity(ana, "TestWave", note["id"], mood="asking")
    second = peer.activity(ana, "TestWave")
    await post(local, peer, ana, first)
    await post(local, peer, ana, second)
    await settled(2)
    assert seen.ids == [first["id"], second["id"]]


async def test_unfetchable_documents_end_the_message_with_the_reason(local, peer, ana, worker, seen):
    await post(local, peer, ana, peer.activity(ana, "TestWave", f"{peer.base_url}/notes/none", mood="asking"))
    [message] = await settled()
    assert message.state == "skipped"
    assert "not_found" in message.reason


async def test_a_handler_that_asks_for_the_same_again_and_again_is_stopped(local, peer, ana, worker, seen):
    await post(local, peer, ana, peer.activity(ana, "TestWave", peer.note(ana)["id"], mood="endless"))
    [message] = await settled()
    assert (message.state, len(seen.asked)) == ("failed", 1)
    assert "again" in message.reason


async def test_an_embedded_object_of_another_host_is_only_its_id(local, peer, ana, worker, seen):
    forged = {"id": "https://victim.example/notes/1", "type": "Note", "content": "I never said that"}
    mine = {"id": f"{peer.base_url}/notes/1", "type": "Note", "content": "I did"}
    for count, thing in enumerate(
        (forged, mine, [forged, mine]), start=1
    ):  # side by side they are handled in any order
        await post(local, peer, ana, peer.activity(ana, "TestWave", thing))
        await settled(count)
    assert [activity.object for activity in seen.activities] == [forged["id"], mine, [forged["id"], mine]]


async def test_a_message_from_a_host_closes_its_circuit(local, peer, ana, worker, seen):
    await Peer.objects.acreate(host=peer.host, state="unreachable", failing_since=clock.now())
    await post(local, peer, ana, peer.activity(ana, "TestWave"))
    await settled()
    noted = await Peer.objects.aget(host=peer.host)
    assert (noted.state, noted.failing_since) == ("idle", None)
    assert noted.last_received_at is not None


async def test_the_same_activity_thrice_while_unverified_has_one_effect(local, peer, ana, start_worker, seen):
    document = peer.activity(ana, "TestWave")
    for _ in range(3):
        assert (await post(local, peer, ana, document)).status_code == 202
    async with start_worker():
        found = await settled(3)
    assert sorted(message.state for message in found) == ["handled", "skipped", "skipped"]
    assert seen.ids == [document["id"]]
