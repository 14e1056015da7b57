"""Documents and handles of other servers: signed for, believed only where they belong, never fetched where they must not be."""

import asyncio
import json
import tracemalloc

import pytest

from core import clock
from core.crypto.keys import load_public_key
from core.db import own_connection
from core.errors import BadInput
from core.http import AddressRefused, BadRedirect, BadUrl, FetchError, ResponseTooLarge, Unreachable
from federation.fetching import (
    DocumentGone,
    DocumentNotFound,
    DocumentRefused,
    PeerBlocked,
    PeerFailed,
    WrongDocument,
    canonical_handle,
    fetch_document,
    fetch_software,
    look_up_handle,
    webfinger,
)
from federation.handlers.peers import refresh_software
from federation.models import Peer, Policy, SystemKey
from federation.peers import host_of, policy_of, set_policy, store_contact
from tests.support.peers import FedifyPeer, GoToSocialPeer, Liar, MastodonPeer, Reply, verify_cavage

pytestmark = pytest.mark.anyio


async def test_a_document_is_fetched_signed_by_the_system_actor(local, peer, ana):
    document = await fetch_document(ana.uri)
    assert document["preferredUsername"] == "ana"
    [request] = peer.requests
    assert "activity+json" in request.headers["accept"]
    actor = (await local.get("/actor", headers={"accept": "application/activity+json"})).json()

    assert verify_cavage(request, load_public_key(actor["publicKey"]["publicKeyPem"]))
    assert actor["type"] == "Application"
    assert actor["publicKey"]["id"] == "https://testserver/actor#main-key"


async def test_a_server_that_shows_nothing_unsigned_shows_it(local):
    async with GoToSocialPeer("far.test") as gotosocial:
        sam = gotosocial.add_actor("sam")
        assert (await fetch_document(sam.uri))["id"] == sam.uri


async def test_a_server_that_wants_rfc_9421_gets_it(local):
    async with FedifyPeer("far.test") as fedify:
        eve = fedify.add_actor("eve")
        document = Reply(200, json.dumps(fedify.actor_document(eve)).encode())
        fedify.replies["/users/eve"] = lambda request: (
            document if "signature-input" in request.headers else Reply(401)
        )
        assert (await fetch_document(eve.uri))["id"] == eve.uri


async def test_a_document_with_another_id_is_fetched_from_there(local, peer, ana):
    peer.replies["/@ana"] = Reply(200, json.dumps(peer.actor_document(ana)).encode())
    assert (await fetch_document(f"{peer.base_url}/@ana"))["id"] == ana.uri
    assert [request.path for request in peer.requests] == ["/@ana", "/users/ana"]


@pytest.mark.slow
async def test_large_documents_do_not_fill_the_memory(local, peer):
    """Read, a megabyte of short texts takes ten; a stranger's server can name as many as it likes."""
    words = [f"{number % 100:02}" for number in range(140_000)]
    large = ({"id": f"{peer.base_url}/large/{number}", "x": words} for number in range(8))
    uris = [peer.add_document(document)["id"] for document in large]
    await fetch_document(uris[0])
    tracemalloc.start()
    try:
        for uri in uris[1:]:
            assert len((await fetch_document(uri))["x"]) == len(words)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 30_000_000
    asked = len(peer.requests)
    small = peer.add_document({"id": f"{peer.base_url}/small"})["id"]
    for _ in range(3):
        await fetch_document(small)
    assert len(peer.requests) == asked + 1


async def test_a_document_of_another_host_is_refused(local, peer, ana):
    async with Liar("near.test") as liar:
        forged = peer.actor_document(ana) | {"name": "Forged"}
        liar.replies["/users/ana"] = Reply(200, json.dumps(forged).encode())
        assert (await fetch_document(f"{liar.base_url}/users/ana"))["name"] == "Ana"


async def test_ids_that_lead_from_one_to_the_next_are_not_followed_for_ever(local, peer):
    for number in range(5):
        body = json.dumps({"id": f"{peer.base_url}/chain/{number + 1}", "type": "Note"}).encode()
        peer.replies[f"/chain/{number}"] = Reply(200, body)
    with pytest.raises(WrongDocument):
        await fetch_document(f"{peer.base_url}/chain/0")
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(404), DocumentNotFound),
        (Reply(410), DocumentGone),
        (Reply(403), DocumentRefused),
        (Reply(500), PeerFailed),
        (Reply(429), PeerFailed),
        (Reply(200, b"<html>", "text/html"), WrongDocument),
        (Reply(200, b'{"id":"x"}', "application/json"), WrongDocument),
        (Reply(200, b'{"id":"x"}', "application/ld+json"), WrongDocument),
        (Reply(200, b"{"), WrongDocument),
        (Reply(200, b"[]"), WrongDocument),
        (Reply(200, b'{"id":5}'), WrongDocument),
        (Reply(200, b"{}"), WrongDocument),
        (Reply(200, b'{"id":"javascript:alert(1)"}'), BadUrl),
        (Reply(200, b'{"id":"http://10.0.0.1/x"}'), AddressRefused),
        (Reply(200, b'{"a":' * 3000 + b"1" + b"}" * 3000), WrongDocument),
        (Reply(200, b" " * 1_100_000), ResponseTooLarge),
        (Reply(302, headers={"Location": "http://10.0.0.1/"}), FetchError),
        (Reply(302, headers={"Location": "/odd"}), BadRedirect),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value.status} {value.body[:20]!r}",
)
async def test_invalid_documents_have_typed_errors(local, peer, reply, error):
    peer.replies["/odd"] = reply
    with pytest.raises(error):
        await fetch_document(f"{peer.base_url}/odd")


async def test_a_dead_host_is_unreachable(local):
    with pytest.raises(Unreachable):
        await fetch_document("http://far.test:1234/x")


async def test_a_blocked_host_is_never_contacted(local, peer, ana):
    await set_policy(host=peer.host, policy=Policy.blocked)
    with pytest.raises(PeerBlocked):
        await fetch_document(ana.uri)
    with pytest.raises(PeerBlocked):
        await look_up_handle(f"ana@{peer.host}")
    assert peer.requests == []


async def _fetch(uri):
    """As in a task of its own, which asks the database for policies when those that were read are old."""
    async with own_connection():
        return await fetch_document(uri)


async def test_concurrent_fetches_of_one_document_share_a_request(local, peer, ana):
    peer.delay_s = 0.05
    found = await asyncio.gather(*(_fetch(ana.uri) for _ in range(20)))
    assert len(peer.requests) == 1
    assert all(document["id"] == ana.uri for document in found)
    await fetch_document(f"{ana.uri}#main-key", fresh=True)
    assert len(peer.requests) == 2


async def test_a_cancelled_fetch_does_not_cancel_the_shared_request(local, peer, ana):
    peer.delay_s = 0.05
    first = asyncio.create_task(_fetch(ana.uri))
    second = asyncio.create_task(_fetch(ana.uri))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second)["id"] == ana.uri


async def test_a_handle_leads_to_its_actor(local, peer, ana):
    for handle in (
        f"ana@{peer.host}",
        f"@ana@{peer.host}",
        f"acct:ana@{peer.host}",
        f"ANA@{peer.host.upper()}",
    ):
        assert await webfinger(handle) == ana.uri
    assert (await look_up_handle(f"ANA@{peer.host}")).handle == f"ana@{peer.host}"


async def test_a_split_domain_is_followed_when_both_agree(local, peer, ana):
    async with MastodonPeer("near.test") as front:
        front.add_actor("ana").uri = ana.uri
        peer.handle_host = front.host
        found = await look_up_handle(f"ana@{peer.host}")
        assert (found.uri, found.handle) == (ana.uri, f"ana@{front.host}")
        assert await canonical_handle(ana.uri, "ana") == f"ana@{front.host}"


async def test_a_handle_domain_may_redirect_to_where_webfinger_is(local, peer, ana):
    async with MastodonPeer("near.test") as front:
        peer.handle_host = front.host
        front.replies["/.well-known/webfinger"] = lambda request: Reply(
            302, headers={"Location": f"{peer.base_url}{request.target}"}
        )
        assert (await look_up_handle(f"ana@{front.host}")).uri == ana.uri
        assert await canonical_handle(ana.uri, "ana") == f"ana@{front.host}"


async def test_a_split_domain_that_does_not_agree_is_refused(local, peer, ana):
    async with MastodonPeer("near.test") as front:
        front.add_actor("ana")
        peer.handle_host = front.host
        with pytest.raises(WrongDocument):
            await look_up_handle(f"ana@{peer.host}")
        with pytest.raises(WrongDocument):
            await canonical_handle(ana.uri, "ana")


async def test_host_meta_says_where_webfinger_is(local, peer, ana):
    finger = peer.finger
    peer.replies["/.well-known/webfinger"] = Reply(404)
    peer.replies["/finger"] = finger
    template = f'<XRD><Link rel="lrdd" template="{peer.base_url}/finger?resource={{uri}}"/></XRD>'
    peer.replies["/.well-known/host-meta"] = Reply(200, template.encode(), "application/xrd+xml")
    assert await webfinger(f"ana@{peer.host}") == ana.uri


@pytest.mark.parametrize(
    "links",
    [None, 5, [], [5], [{"rel": "self"}], [{"rel": "self", "href": 5, "type": "application/activity+json"}]],
)
async def test_a_webfinger_response_without_an_actor_is_refused(local, peer, links):
    body = json.dumps({"subject": 5, "links": links}).encode()
    peer.replies["/.well-known/webfinger"] = Reply(200, body, "application/jrd+json")
    with pytest.raises(WrongDocument):
        await webfinger(f"ana@{peer.host}")


async def test_an_unknown_handle_is_not_found(local, peer):
    with pytest.raises(DocumentNotFound):
        await webfinger(f"nobody@{peer.host}")


@pytest.mark.parametrize(
    "handle",
    ["", "ana", "@ana", "ana@", "@", "a b@far.test", "ana@far.test/x", "a@b@", "ana@-", "ana@far.test:x"],
)
async def test_invalid_handles_are_refused(local, handle):
    with pytest.raises(BadInput):
        await webfinger(handle)


async def test_nodeinfo_says_what_a_peer_runs(local, peer):
    assert (await fetch_software(peer.host)).name == "mastodon"

    await store_contact(peer.host, clock.now())
    await refresh_software()
    row = await Peer.objects.aget(host=peer.host)
    assert (row.software, row.software_version) == ("mastodon", "4.2.0")


async def test_policies_hold_for_hosts_below_unless_they_have_their_own(db):
    await set_policy(host="Bad.Example", policy=Policy.blocked)
    await set_policy(host="good.bad.example", policy=Policy.limited)
    assert await policy_of("bad.example") == Policy.blocked
    assert await policy_of("a.b.BAD.example") == Policy.blocked
    assert await policy_of("x.good.bad.example") == Policy.limited
    assert await policy_of("notbad.example") == Policy.open
    assert await policy_of("bad.example:8443") == Policy.blocked
    await set_policy(host="bücher.example", policy=Policy.blocked)
    for uri in (
        "https://BÜCHER.example/1",
        "https://xn--bcher-kva.example.:443/1",
        "https://a.bücher.example:444/",
    ):
        assert await policy_of(host_of(uri)) == Policy.blocked, uri
    for nonsense in ("https://x/", "", "a b", "x/y", "@x", "-"):
        with pytest.raises(BadInput):
            await set_policy(host=nonsense, policy=Policy.blocked)


@pytest.mark.slow
async def test_the_system_actors_key_is_made_at_first_need(local):
    await SystemKey.objects.all().adelete()
    first = (await local.get("/actor")).json()["publicKey"]["publicKeyPem"]
    assert (await local.get("/actor")).json()["publicKey"]["publicKeyPem"] == first
    assert await SystemKey.objects.acount() == 1


async def test_the_system_actor_answers_in_every_domains_name(local):
    for path in ("/actor", "/actor/outbox"):
        answer = await local.get(path)
        assert answer.headers["content-type"].startswith("application/activity+json")
        assert answer.json()["id"] == f"https://testserver{path}"
