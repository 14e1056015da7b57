"""Refusals of the inbox are counted with their reason, in a bounded number of rows, and leave nothing else."""

import datetime as dt
import json

import httpx
import pytest

from core import clock
from core.db import own_connection, sql
from federation.handlers.cleaning import clean_up
from federation.inbox import refusals
from federation.models import Policy, Refusal
from federation.peers import set_federation_mode, set_policy
from federation.queries import Refused, recent_refusals
from tests.federation.conftest import LOCAL, messages, post
from tests.support import waiting
from tests.support.peers import ACTIVITY_JSON, cavage_headers, make_key

pytestmark = pytest.mark.anyio


async def _only() -> Refused:
    await refusals.write_refusals()
    [found] = await recent_refusals()
    assert await messages() == []
    return found


async def _unsigned(http, peer, who, document):
    return await http.post("/inbox", json=document, headers={"content-type": ACTIVITY_JSON})


async def _wrongly_signed(http, peer, who, document):
    other = next(key for key in (make_key() for _ in range(9)) if key is not who.key)
    body = json.dumps(document).encode()
    headers = cavage_headers(other, who.key_id, "POST", f"{LOCAL}/inbox", body)
    return await http.post("/inbox", content=body, headers=headers)


async def _stale(http, peer, who, document):
    return await post(http, peer, who, document, date=clock.now() - dt.timedelta(days=2))


async def _changed(http, peer, who, document):
    body = json.dumps(document).encode()
    headers = peer.signed(who, f"{LOCAL}/inbox", body)
    return await http.post("/inbox", content=body.replace(b"Wave", b"Cave"), headers=headers)


async def _from_a_host_that_is_not_listed(http, peer, who, document):
    await set_federation_mode(listed_only=True)
    return await post(http, peer, who, document)


async def _of_somebody_else(http, peer, who, document):
    return await post(
        http, peer, who, {**document, "actor": "https://victim.example/vic", "id": "https://victim.example/1"}
    )


async def _with_anothers_id(http, peer, who, document):
    return await post(http, peer, who, {**document, "id": "https://victim.example/1"})


async def _no_json(http, peer, who, document):
    return await post(http, peer, who, b"{")


async def _too_deep(http, peer, who, document):
    return await post(http, peer, who, b"[" * 5000 + b"]" * 5000)


async def _too_large(http, peer, who, document):
    return await post(http, peer, who, {**document, "content": "x" * 1_200_000})


async def _too_large_in_pieces(http, peer, who, document):
    async def pieces():
        for _ in range(20):
            yield b"x" * 100_000

    headers = peer.signed(who, f"{LOCAL}/inbox", b"")
    return await http.post("/inbox", content=pieces(), headers=headers)


async def _packed(http, peer, who, document):
    headers = peer.signed(who, f"{LOCAL}/inbox", b"x") | {"content-encoding": "gzip"}
    return await http.post("/inbox", content=b"x", headers=headers)


async def _a_form(http, peer, who, document):
    return await post(http, peer, who, document, content_type="multipart/form-data")


async def _from_a_blocked_host(http, peer, who, document):
    await set_policy(host=peer.host, policy=Policy.blocked)
    return await post(http, peer, who, document)


REFUSED = {
    _unsigned: (401, "The request isn't signed."),
    _wrongly_signed: (401, "The signature is wrong."),
    _stale: (401, "The signature is too old."),
    _changed: (401, "The digest doesn't match the body."),
    _of_somebody_else: (401, "The signature is not by the actor of this activity."),
    _with_anothers_id: (400, "This activity can't be used: its id is on another host than its actor."),
    _no_json: (400, "The document is not valid JSON."),
    _too_deep: (400, "The document is nested too deeply."),
    _too_large: (413, "The request is too large."),
    _too_large_in_pieces: (413, "The request is too large."),
    _packed: (415, "Send the body uncompressed."),
    _a_form: (400, "The form can't be read."),
    _from_a_blocked_host: (403, "This server doesn't communicate with yours."),
    _from_a_host_that_is_not_listed: (403, "This server doesn't communicate with yours."),
}


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.__name__.strip("_"))
async def test_a_refused_message_leaves_its_reason(local, peer, known, refused):
    status, reason = REFUSED[refused]
    document = peer.activity(known, "TestWave")
    answer = await refused(local, peer, known, document)
    assert (answer.status_code, answer.json()["error"]) == (status, reason)
    found = await _only()
    assert (found.status, found.reason, found.count) == (status, reason, 1)
    assert (found.address, found.path) == ("127.0.0.1", "/inbox")
    if refused is not _unsigned:
        assert (found.host, found.key_id) == (peer.host, known.key_id)
    if refused in {
        _unsigned,
        _wrongly_signed,
        _stale,
        _changed,
        _from_a_blocked_host,
        _from_a_host_that_is_not_listed,
    }:
        assert found.activity_id == document["id"]
        assert found.activity_type in {"TestWave", "TestCave"}


async def test_accepted_messages_leave_no_refusal(local, peer, known):
    assert (await post(local, peer, known, peer.activity(known, "TestWave"))).status_code == 202
    assert (await local.get("/inbox")).status_code == 405
    assert await refusals.write_refusals() == 0


async def test_the_same_refusal_is_counted(local, peer, known):
    for _ in range(3):
        await _stale(local, peer, known, peer.activity(known, "TestWave"))
    first = await _only()
    last = peer.activity(known, "TestWave")
    await _stale(local, peer, known, last)
    found = await _only()
    assert (first.count, found.count) == (3, 4)
    assert found.first_at == first.first_at < found.last_at
    assert found.activity_id == last["id"]


async def test_refusals_are_written_without_being_asked(local, peer, known, monkeypatch):
    monkeypatch.setattr(refusals, "WRITE_INTERVAL_S", 0.05)
    await _unsigned(local, peer, known, {})
    await waiting.wait_until(recent_refusals, 15)


async def test_claimed_values_are_sanitised_and_cut(local):
    body = json.dumps(
        {"id": "https://x.example/\u202e\n\r\x1b[2J" + "é" * 3000, "type": "T\x07" * 200}
    ).encode()
    headers = [
        (b"content-type", ACTIVITY_JSON.encode()),
        (b"signature", b'keyId="https://evil.example/\x85\xff' + b"k" * 1500 + b'",headers="",signature="!"'),
    ]
    assert (await local.post("/inbox", content=body, headers=headers)).status_code == 401
    found = await _only()
    for text in (
        found.reason,
        found.key_id,
        found.activity_id,
        found.activity_type,
        found.detail,
        found.host,
    ):
        assert text.isprintable()
        assert len(text) <= 500
    assert found.host == "evil.example"


async def _flood(http: httpx.AsyncClient, times: int, first: int = 0) -> None:
    """Each from another host, with another reason now and then."""
    for number in range(first, first + times):
        name = f"x{number}" if number % 2 else "keyId"
        value = f'keyId="https://h{number}.example/key",{name}="1",{name}="2"'
        answer = await http.post(
            f"/users/u{number}/inbox",
            content=b"{",
            headers={"content-type": ACTIVITY_JSON, "signature": value},
        )
        assert answer.status_code == 401


async def _sum() -> tuple[int, int]:
    async with own_connection():
        return await sql.one("SELECT count(*), sum(count)::int8 FROM federation_refusal")


@pytest.mark.slow
async def test_a_flood_from_one_address_leaves_a_handful_of_rows(local, monkeypatch):
    """2,000 refusals, each of another host: all are counted, in as few rows as can be, in one writing."""
    monkeypatch.setattr(refusals, "WRITE_INTERVAL_S", 3600)
    await _flood(local, 2_000)
    written = await refusals.write_refusals()
    assert written <= 2 * refusals.MAX_PAIRS + 20
    assert await _sum() == (written, 2_000)


async def test_refusals_are_told_apart_by_network(local, monkeypatch):
    """The next address of an IPv6 subscriber is no other client."""
    monkeypatch.setattr(refusals, "WRITE_INTERVAL_S", 3600)
    monkeypatch.setattr(refusals, "MAX_PAIRS_PER_NETWORK", 3)
    for number in range(6):
        local._transport.client = (f"2001:db8::{number}", 40000)
        await _flood(local, 1, first=number)
    await refusals.write_refusals()
    async with own_connection():
        hosts = await sql.column("SELECT host FROM federation_refusal WHERE host <> ''")
    assert sorted(hosts) == ["h0.example", "h1.example", "h2.example"]


@pytest.mark.slow
async def test_a_flood_from_everywhere_never_makes_more_rows_than_may_be(local, monkeypatch):
    monkeypatch.setattr(refusals, "MAX_ROWS", 60)
    monkeypatch.setattr(refusals, "MAX_PAIRS", 40)
    monkeypatch.setattr(refusals, "MAX_PAIRS_PER_NETWORK", 1000)
    for _ in range(3):
        await _flood(local, 150)
        assert await refusals.write_refusals() <= 100
        assert (await _sum())[0] <= 60


async def test_old_refusals_are_deleted(local, peer, known):
    await _unsigned(local, peer, known, {})
    await _stale(local, peer, known, {})
    await refusals.write_refusals()
    old = clock.now() - dt.timedelta(days=15)
    await Refusal.objects.filter(reason__contains="too old").aupdate(last_at=old)
    await clean_up()
    assert [refusal.reason for refusal in await recent_refusals()] == ["The request isn't signed."]
