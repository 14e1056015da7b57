"""A new key counts from the Update on that the old key signed, without waiting for the next look-up."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from core.db import sql
from federation.remote_keys import fetch_key, known_key, replace_key
from tests.federation.conftest import met, post, settled
from tests.support.peers import Actor, MastodonPeer, Reply, make_key, public_pem
from tests.users.support import make_person
from users.domains.models import Domain

pytestmark = pytest.mark.anyio


def another_key(than: Any) -> Any:
    return next(key for key in (make_key() for _ in range(9)) if key is not than)


@pytest.fixture
async def known(local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, worker: Any) -> Actor:
    await make_person(await Domain.objects.aget(name="testserver"))
    await met(ana)
    return ana


@pytest.mark.parametrize("fragment", ["main-key", "second-key"])
async def test_a_key_rotated_by_an_update_is_taken_at_once(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor, fragment: str
) -> None:
    old, new, old_id = known.key, another_key(known.key), known.key_id
    document = peer.actor_document(known)
    key_id = f"{known.uri}#{fragment}"
    document["publicKey"] = {"id": key_id, "owner": known.uri, "publicKeyPem": public_pem(new)}
    assert (await post(local, peer, known, peer.activity(known, "Update", document))).status_code == 202
    assert [message.state for message in await settled(1)] == ["handled"]
    requests = len(peer.requests)
    known.key, known.key_id = new, key_id
    assert (await post(local, peer, known, peer.activity(known, "TestWave"))).status_code == 202
    assert [message.state for message in await settled(2)] == ["handled", "handled"]
    assert len(peer.requests) == requests  # nothing was looked up
    peer.replies[urlsplit(known.uri).path] = Reply(200, json.dumps(document).encode())
    known.key, known.key_id = old, old_id
    answer = await post(local, peer, known, peer.activity(known, "TestWave"))
    if fragment == "main-key":
        assert answer.status_code == 401
    else:  # whoever may have taken the old key can't use it any more
        assert [message.state for message in await settled(3)] == ["handled", "handled", "failed"]


async def test_an_old_key_is_refused_though_another_process_heard_of_the_new_one(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor
) -> None:
    """The worker handles the Update; this web process verified with the old key a moment ago."""
    wave = peer.activity(known, "TestWave")
    assert (await post(local, peer, known, wave)).status_code == 202
    assert [message.state for message in await settled(1)] == ["handled"]
    await sql.run(
        "UPDATE federation_remotekey SET pem = %s WHERE key_id = %s",
        [public_pem(another_key(known.key)), known.key_id],
    )
    answer = await post(local, peer, known, peer.activity(known, "TestWave"))
    assert (answer.status_code, answer.json()["error"]) == (401, "The signature is wrong.")
    await sql.run("DELETE FROM federation_remotekey")  # as when the actor was deleted
    assert (await post(local, peer, known, peer.activity(known, "TestWave"))).status_code == 202
    assert [message.state for message in await settled(2)] == ["handled", "handled"]


async def test_a_key_on_another_host_than_its_owners_is_not_taken(known: Actor) -> None:
    """The parser of actors leaves such keys out, too; whoever passes one on all the same changes nothing."""
    elsewhere = "https://elsewhere.example/key"
    assert not await replace_key(owner=known.uri, key_id=elsewhere, pem=public_pem(known.key))
    assert await known_key(elsewhere) is None


async def test_an_update_takes_no_key_of_others_and_no_broken_one(
    local: httpx.AsyncClient, peer: MastodonPeer, known: Actor
) -> None:
    eva = peer.add_actor("eva")
    await fetch_key(eva.key_id)
    stolen = {"id": eva.key_id, "owner": known.uri, "publicKeyPem": public_pem(another_key(eva.key))}
    broken = {"id": known.key_id, "owner": known.uri, "publicKeyPem": "no key"}
    for sent, key in enumerate((stolen, broken), 1):
        document = peer.actor_document(known) | {"publicKey": key}
        assert (await post(local, peer, known, peer.activity(known, "Update", document))).status_code == 202
        await settled(sent)
    for actor in (eva, known):
        key = await known_key(actor.key_id)
        assert key is not None
        assert (key.owner, key.pem) == (actor.uri, public_pem(actor.key))
