"""Activities that somebody else posts: believed by their proof, else a hint that there is something to fetch, else refused."""

import datetime as dt
from typing import Any

import httpx
import pytest

from core import clock
from core.crypto.keys import KeyPair, make_ed25519_pair, multikey
from core.db import sql
from federation.proofs import add_proof
from federation.remote_keys import fetch_key
from federation.signatures import SigningKey
from tests.federation.conftest import messages, only_message, post, settled
from tests.support.peers import Actor, MastodonPeer

pytestmark = pytest.mark.anyio


@pytest.fixture
def pair() -> KeyPair:
    return make_ed25519_pair()


@pytest.fixture
def method(ana: Actor, pair: KeyPair) -> str:
    """The key that Ana's actor states for proofs."""
    key_id = f"{ana.uri}#ed25519"
    ana.extra["assertionMethod"] = [_multikey(key_id, ana.uri, pair)]
    return key_id


def _multikey(key_id: str, owner: str, pair: KeyPair) -> dict[str, str]:
    return {
        "id": key_id,
        "type": "Multikey",
        "controller": owner,
        "publicKeyMultibase": multikey(pair.public_pem),
    }


@pytest.fixture
async def carol(local: httpx.AsyncClient, peer: MastodonPeer) -> Any:
    """Somebody of another server, whose key is known here, and who passes on what Ana wrote."""
    async with MastodonPeer("near.test") as near:
        carol = near.add_actor("carol")
        await fetch_key(carol.key_id)
        yield near, carol


def _create(peer: MastodonPeer, ana: Actor, **more: Any) -> dict[str, Any]:
    note = peer.note(ana, inReplyTo="https://else.example/notes/1")
    return peer.activity(ana, "Create", note, **more)


async def test_a_valid_proof_is_accepted_from_any_sender(
    local: httpx.AsyncClient,
    peer: MastodonPeer,
    ana: Actor,
    pair: KeyPair,
    method: str,
    carol: Any,
    worker: Any,
) -> None:
    document = add_proof(_create(peer, ana), SigningKey(method, pair.private_pem))
    assert (await post(local, *carol, document)).status_code == 202
    (message,) = await settled(1)
    assert (message.actor, message.is_forwarded, message.key_id) == (ana.uri, True, method)
    assert message.said_at is not None
    # known by now: verified at once
    second = add_proof(_create(peer, ana), SigningKey(method, pair.private_pem))
    requests = len(peer.requests)
    assert (await post(local, *carol, second)).status_code == 202
    await settled(2)
    assert len([each for each in peer.requests[requests:] if each.path == "/users/ana"]) == 0


async def test_forged_proofs_are_refused(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, pair: KeyPair, method: str, carol: Any
) -> None:
    near, caro = carol
    await fetch_key(method, for_proofs=True)
    await sql.run("UPDATE federation_remotekey SET fetched_at = now()")
    key = SigningKey(method, pair.private_pem)
    mine = make_ed25519_pair()
    caro.extra["assertionMethod"] = [_multikey(f"{caro.uri}#k", caro.uri, mine)]
    eve = peer.add_actor("eve")
    eve.extra["assertionMethod"] = [_multikey(f"{eve.uri}#k", eve.uri, mine)]
    await fetch_key(f"{eve.uri}#k", for_proofs=True)
    good = add_proof(_create(peer, ana), key)
    late = clock.now() + dt.timedelta(hours=3)
    forged: list[dict[str, Any]] = [
        good | {"object": good["object"] | {"content": "forged"}},
        good | {"id": f"{peer.base_url}/activities/other"},
        add_proof(_create(peer, ana), SigningKey(method, mine.private_pem)),
        add_proof(_create(peer, ana), SigningKey(f"{caro.uri}#k", mine.private_pem)),  # of the forwarder
        add_proof(_create(peer, ana), SigningKey(f"{eve.uri}#k", mine.private_pem)),  # of the same host
        good | {"proof": good["proof"] | {"created": late.strftime("%Y-%m-%dT%H:%M:%SZ")}},
        good | {"@context": ["https://evil.example/terms", *good["@context"]]},
        # what an old copy could undo or change again, and what is between two people
        *(
            add_proof(peer.activity(ana, kind, f"{peer.base_url}/x"), key)
            for kind in ("Follow", "Undo", "Like", "Announce", "Move", "Block", "Accept")
        ),
        add_proof(peer.activity(ana, "Delete", ana.uri), key),
        add_proof(peer.activity(ana, "Update", peer.actor_document(ana)), key),
    ]
    for document in forged:
        answer = await post(local, near, caro, document)
        assert answer.status_code == 401, document
    assert await messages() == []


async def test_the_key_of_requests_signs_no_documents(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, pair: KeyPair, carol: Any, worker: Any
) -> None:
    """A key counts for proofs only when its owner's actor states it under `assertionMethod`, under its own id."""
    eve = peer.add_actor("eve")
    stated = f"{ana.uri}#stated"
    eve.extra["assertionMethod"] = [_multikey(stated, ana.uri, pair)]  # by another actor of the same host
    for key_id in (ana.key_id, stated, f"{eve.uri}#stated"):
        document = add_proof(_create(peer, ana), SigningKey(key_id, pair.private_pem))
        assert (await post(local, *carol, document)).status_code == 202
    assert [message.state for message in await settled(3)] == ["failed"] * 3


async def test_without_a_proof_a_known_peer_gives_a_hint(
    local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, carol: Any
) -> None:
    near, caro = carol
    document = _create(peer, ana)
    assert (await post(local, near, caro, document)).status_code == 202
    message = await only_message()
    assert (message.activity_type, message.actor, message.is_forwarded) == ("takahe:Hint", caro.uri, False)
    assert document["object"]["content"].encode() not in bytes(message.body)  # nothing of it is believed
    stranger = near.add_actor("stranger")
    assert (await post(local, near, stranger, document)).status_code == 401
    assert (await post(local, near, caro, peer.activity(ana, "Like", document["object"]))).status_code == 401
    forged = peer.signed(ana, "http://testserver/inbox", b"other")
    answer = await local.post("/inbox", content=b"{}", headers=forged)
    assert answer.status_code in (400, 401)
    made_up = near.activity(caro, "takahe:Hint", document["object"]["id"], activity="Create")
    assert (await post(local, near, caro, made_up)).status_code == 400
    assert len(await messages()) == 1
