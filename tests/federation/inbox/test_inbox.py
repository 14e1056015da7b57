"""Messages that the inbox accepts and refuses at once. Success and refusal side by side; a refused message leaves no trace."""

import asyncio
import datetime as dt
import gzip
import json

import pytest

from core import clock
from federation.models import Policy
from federation.peers import set_policy
from federation.remote_keys import fetch_key
from tests.federation.conftest import LOCAL, messages, only_message, post
from tests.support.peers import (
    ACTIVITY_JSON,
    GoToSocialPeer,
    MastodonPeer,
    cavage_headers,
    make_key,
    rfc9421_headers,
)
from tests.support.queries import counted

pytestmark = pytest.mark.anyio


async def test_a_signed_activity_of_a_known_key_is_taken_with_202_and_no_body(local, peer, known):
    answer = await post(local, peer, known, peer.activity(known, "TestWave"))
    assert (answer.status_code, answer.content) == (202, b"")
    message = await only_message()
    assert (message.state, message.actor, message.host) == ("received", known.uri, peer.host)
    assert message.signature is None


async def test_the_same_activity_twice_is_stored_once(local, peer, known):
    document = peer.activity(known, "TestWave")
    assert [(await post(local, peer, known, document)).status_code for _ in range(3)] == [202] * 3
    await only_message()


async def test_activities_that_come_at_once_are_stored_by_few_statements(local, peer, known, monkeypatch):
    """Each with its own row, and the same one twice among them only once."""
    documents = [peer.activity(known, "TestWave", f"{known.uri}/{n}") for n in range(20)]
    await post(local, peer, known, documents[0])
    async with counted(monkeypatch) as seen:
        answers = await asyncio.gather(
            *(post(local, peer, known, one) for one in [*documents, *documents[5:8]])
        )
    assert [answer.status_code for answer in answers] == [202] * 23
    stored = await messages()
    assert sorted(json.loads(message.body)["id"] for message in stored) == sorted(
        one["id"] for one in documents
    )
    assert len([sql for sql in seen if "inbox.store" in sql]) < 10
    assert len([sql for sql in seen if "keys.known" in sql]) < 10


async def test_a_signed_activity_of_an_unknown_key_waits_unverified(local, peer, ana):
    assert (await post(local, peer, ana, peer.activity(ana, "TestWave"))).status_code == 202
    message = await only_message()
    assert (message.state, message.unique_key) == ("unverified", None)
    assert message.signature


async def test_rfc_9421_is_taken_too(local, peer, known):
    body = json.dumps(peer.activity(known, "TestWave")).encode()
    headers = rfc9421_headers(known.key, known.key_id, "POST", f"{LOCAL}/inbox", body)
    assert (await local.post("/inbox", content=body, headers=headers)).status_code == 202
    assert (await only_message()).state == "received"


async def test_a_personal_inbox_is_noted(local, peer, known):
    await post(local, peer, known, peer.activity(known, "TestWave"), path="/users/mo/inbox")
    assert (await only_message()).inbox == "testserver/mo"


async def test_hs2019_is_read_as_rsa_sha256(local):
    async with GoToSocialPeer("near.test") as gotosocial:
        sam = gotosocial.add_actor("sam")
        await fetch_key(sam.key_id)
        assert (await post(local, gotosocial, sam, gotosocial.activity(sam, "TestWave"))).status_code == 202
        assert (await only_message()).state == "received"


async def _refused(answer, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert await messages() == []


async def test_unsigned_is_401(local, peer, known):
    body = json.dumps(peer.activity(known, "TestWave")).encode()
    await _refused(await local.post("/inbox", content=body, headers={"content-type": ACTIVITY_JSON}), 401)


async def test_a_wrong_signature_is_401(local, peer, known):
    body = json.dumps(peer.activity(known, "TestWave")).encode()
    other = next(key for key in (make_key() for _ in range(9)) if key is not known.key)
    headers = cavage_headers(other, known.key_id, "POST", f"{LOCAL}/inbox", body)
    await _refused(await local.post("/inbox", content=body, headers=headers), 401)


async def test_a_signature_for_another_path_is_401(local, peer, known):
    body = json.dumps(peer.activity(known, "TestWave")).encode()
    headers = peer.signed(known, f"{LOCAL}/users/mo/inbox", body)
    await _refused(await local.post("/inbox", content=body, headers=headers), 401)


async def test_a_signature_for_another_host_is_401(local, peer, known):
    body = json.dumps(peer.activity(known, "TestWave")).encode()
    headers = peer.signed(known, "http://elsewhere.test/inbox", body) | {"host": "testserver"}
    await _refused(await local.post("/inbox", content=body, headers=headers), 401)


@pytest.mark.parametrize("hours", [-13, -48, 2, 24])
async def test_a_stale_or_future_date_is_401(local, peer, known, hours):
    date = clock.now() + dt.timedelta(hours=hours)
    await _refused(await post(local, peer, known, peer.activity(known, "TestWave"), date=date), 401)


async def test_a_changed_body_is_401(local, peer, known):
    body = json.dumps(peer.activity(known, "TestWave")).encode()
    headers = peer.signed(known, f"{LOCAL}/inbox", body)
    await _refused(await local.post("/inbox", content=body.replace(b"Wave", b"Cave"), headers=headers), 401)


@pytest.mark.parametrize(
    "names", ["date", "(request-target) host date", "(request-target) host digest", "host date digest"]
)
async def test_a_signature_over_too_little_is_401(local, peer, known, names):
    answer = await post(local, peer, known, peer.activity(known, "TestWave"), signed_headers=names)
    if names == "host date digest":  # the digest binds it: Mastodon takes that, too
        assert answer.status_code == 202
    else:
        await _refused(answer, 401)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        'keyId="',
        'keyId="a",signature="!!!"',
        "a=b," * 500,
        'keyId="k",headers="",signature="eA=="',
        "\xff",
    ],
)
async def test_a_signature_header_that_cannot_be_read_is_a_4xx(local, peer, known, header):
    body = json.dumps(peer.activity(known, "TestWave")).encode()
    headers = [(k, v) for k, v in peer.signed(known, f"{LOCAL}/inbox", body).items() if k != "signature"]
    raw = [(k.encode(), v.encode()) for k, v in headers] + [(b"signature", header.encode("latin-1"))]
    await _refused(await local.post("/inbox", content=body, headers=raw), 401)


async def test_an_activity_of_another_actor_is_401(local, peer, known):
    bob = peer.add_actor("bob")
    await _refused(await post(local, peer, known, peer.activity(bob, "TestWave")), 401)


async def test_an_actor_of_another_host_is_401(local, peer, known):
    document = peer.activity(known, "TestWave") | {"actor": "https://victim.example/users/vic"}
    document["id"] = "https://victim.example/1"
    await _refused(await post(local, peer, known, document), 401)


async def test_a_new_key_of_another_host_than_the_actors_is_401_at_the_door(local, peer, ana):
    """Nothing is stored, so the worker is not sent to fetch what can't prove anything."""
    document = peer.activity(ana, "TestWave") | {"actor": "https://victim.example/users/vic"}
    document["id"] = "https://victim.example/1"
    await _refused(await post(local, peer, ana, document), 401)


async def test_an_activity_id_of_another_host_is_400(local, peer, known):
    await _refused(
        await post(local, peer, known, peer.activity(known, "TestWave", id="https://victim.example/1")), 400
    )


async def test_the_place_of_an_activity_cannot_be_taken_by_others(local, peer, known):
    """Somebody else on the same host posts an activity with the id that Ana's will have."""
    bob = peer.add_actor("bob")
    await fetch_key(bob.key_id)
    document = peer.activity(bob, "TestWave")
    assert (await post(local, peer, bob, document)).status_code == 202
    assert (await post(local, peer, known, {**document, "actor": known.uri})).status_code == 202
    assert len(await messages()) == 2


BAD_DOCUMENTS = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"7",
    "not UTF-8": b'{"type":"\xff\xfe"}',
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a key twice": b'{"id":"https://a.example/1","id":"https://b.example/1"}',
    "a NUL": b'{"id":"https://a.example/\\u0000"}',
    "a surrogate": b'{"id":"https://a.example/\\ud800"}',
    "many parts": b'{"a":[' + b"[]," * 30_000 + b"[]]}",
}


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
async def test_a_body_that_is_no_document_is_400(local, peer, known, name):
    await _refused(await post(local, peer, known, BAD_DOCUMENTS[name]), 400)


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": None},
        {"actor": 5},
        {"actor": ["x"]},
        {"actor": "not a uri"},
        {"actor": {"id": 5}},
        {"actor": "javascript:alert(1)"},
        {"actor": "https://far.test/" + "a" * 5000},
        {"id": 7},
        {"id": {"a": 1}},
        {"id": "x"},
        {"type": None},
        {"type": 7},
        {"type": []},
        {"type": "T" * 200},
        {"type": {"a": "b"}},
    ],
    ids=str,
)
async def test_wrong_types_are_a_4xx(local, peer, known, changes):
    answer = await post(local, peer, known, peer.activity(known, "TestWave") | changes)
    assert answer.status_code in (400, 401)
    assert await messages() == []


@pytest.mark.parametrize("value", [None, 5, [], {}, {"id": 5}, {"type": ["Note"]}, [[[]]], "x", True])
async def test_an_object_of_any_type_is_taken(local, peer, known, value):
    assert (
        await post(local, peer, known, peer.activity(known, "TestWave") | {"object": value})
    ).status_code == 202


async def test_over_a_megabyte_is_413(local, peer, known):
    document = peer.activity(known, "TestWave", content="x" * 1_200_000)
    await _refused(await post(local, peer, known, document), 413)


async def test_a_packed_body_is_415(local, peer, known):
    body = gzip.compress(b" " * 10_000_000)
    headers = peer.signed(known, f"{LOCAL}/inbox", body) | {"content-encoding": "gzip"}
    await _refused(await local.post("/inbox", content=body, headers=headers), 415)


@pytest.mark.parametrize(
    "content_type", ["text/html", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_another_content_type_is_a_4xx(local, peer, known, content_type):
    answer = await post(local, peer, known, peer.activity(known, "TestWave"), content_type=content_type)
    assert answer.status_code in (400, 415)
    assert await messages() == []


@pytest.mark.parametrize(
    "content_type",
    [
        ACTIVITY_JSON,
        f"{ACTIVITY_JSON}; charset=utf-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/ld+json",
    ],
)
async def test_the_content_types_of_peers_are_taken(local, peer, known, content_type):
    answer = await post(local, peer, known, peer.activity(known, "TestWave"), content_type=content_type)
    assert answer.status_code == 202


async def test_other_methods_are_405(local):
    assert (await local.get("/inbox")).status_code == 405


async def test_a_blocked_host_is_403_and_leaves_no_trace(local, peer, known):
    await set_policy(host=peer.host, policy=Policy.blocked)
    await _refused(await post(local, peer, known, peer.activity(known, "TestWave")), 403)
    await set_policy(host=peer.host, policy=Policy.open)
    assert (await post(local, peer, known, peer.activity(known, "TestWave"))).status_code == 202


async def test_a_block_holds_for_hosts_below(local):
    async with MastodonPeer("a.far.test") as below:
        await set_policy(host=f"far.test:{below.port}", policy=Policy.blocked)
        eva = below.add_actor("eva")
        await _refused(await post(local, below, eva, below.activity(eva, "TestWave")), 403)


async def test_the_delete_of_an_unknown_actor_is_202_without_work(local, peer, ana):
    """Mastodon tells everybody when an account ends; most of them nobody here ever heard of."""
    assert (await post(local, peer, ana, peer.activity(ana, "Delete", ana.uri))).status_code == 202
    assert await messages() == []


async def test_an_old_key_that_does_not_fit_is_looked_up_again_later(local, peer, known):
    """Rotation: the signature is by a key that we do not know yet, under an id that we do."""
    known.key = next(key for key in (make_key() for _ in range(9)) if key is not known.key)
    document = peer.activity(known, "TestWave")
    assert (await post(local, peer, known, document)).status_code == 401
    with clock.shifted(dt.timedelta(minutes=30)):
        assert (await post(local, peer, known, document)).status_code == 202
    assert (await only_message()).state == "unverified"
