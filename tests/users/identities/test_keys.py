"""Keys of local actors: rotation that no peer stumbles over, keys for proofs, and those that remote actors state."""

import datetime as dt
import time
from types import SimpleNamespace

import httpx
import pytest

from core import clock
from core.crypto.keys import load_multikey, make_ed25519_pair, multikey, unseal
from core.db import sql
from federation import signing
from federation.remote_keys import replace_key
from federation.signatures import parse_signature, sign_request
from takahe.asgi import application
from tests.users.support import AP, fresh, key_pair, make_domain, make_person, make_remote, sent
from users.identities.activitypub.parsing import parse_actor
from users.identities.handlers import maintain_keys
from users.identities.models import ActorKey, Identity, IdentityGraph, KeyUse
from users.identities.queries.federation import signing_key
from users.identities.queries.keys import key_of
from users.identities.services import profiles, remote_actors
from users.identities.services.keys import rotate_key
from users.relations.handlers import announce_edits
from users.relations.services import following

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_person(await make_domain())


async def _document(name: str = "ada") -> dict:

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://testserver"
    ) as http:
        answer = await http.get(f"/users/{name}", headers=AP)
        assert answer.status_code == 200
        return dict(answer.json())


async def test_a_rotated_key_has_a_new_id_and_the_old_one_counts_for_a_while(ada: Identity) -> None:
    before = (await _document())["publicKey"]
    rotated = await rotate_key(identity=ada)
    assert rotated.state == IdentityGraph.edited
    new, old = (await _document())["publicKey"]  # the new one first: many peers read no more than that
    assert (old, new["id"] != old["id"]) == (before, True)
    assert new["publicKeyPem"] != old["publicKeyPem"]
    key = await signing_key(ada.pk)
    assert (key.key_id, key.private_pem) == (new["id"], unseal(rotated.private_key))
    await ActorKey.objects.filter(use=KeyUse.retired).aupdate(
        expires_at=clock.now() - dt.timedelta(minutes=1)
    )
    assert (await _document())["publicKey"] == new
    await maintain_keys()
    assert not await ActorKey.objects.filter(use=KeyUse.retired).aexists()


async def test_peers_are_told_by_an_update_that_the_old_key_signs(ada: Identity) -> None:
    """snac2 never fetches a changed key: it believes in a new one because the known one signed it."""
    bob = await make_remote()
    await following.follow(source=bob, target_id=ada.pk, uri=f"{bob.uri}/f")
    rotated = await rotate_key(identity=ada)
    await announce_edits([rotated])
    kind, inboxes, document = (await sent())[-1]
    assert (kind, inboxes) == ("Update", ["https://remote.example/inbox"])
    assert document["object"]["publicKey"][0]["id"] == rotated.public_key_id
    signer = await sql.value("SELECT signer FROM federation_outgoingactivity ORDER BY id DESC LIMIT 1")
    old = await signing_key(signer)
    assert (old.key_id, old.private_pem) == (f"{ada.uri}#main-key", key_pair().private_pem)
    headers = sign_request(old, "POST", "https://remote.example/inbox", b"{}")
    assert parse_signature("POST", "/inbox", headers).key_id == f"{ada.uri}#main-key"
    # it stays in the queue of a server that is away for longer than the old key counts
    await ActorKey.objects.filter(use=KeyUse.retired).adelete()
    assert (await signing_key(signer)).key_id == rotated.public_key_id


async def test_a_stolen_key_is_dropped_at_once_with_that_of_proofs(ada: Identity) -> None:
    await maintain_keys()
    first = await key_of(ada.pk, KeyUse.assertion)
    await rotate_key(identity=ada)
    assert await key_of(ada.pk, KeyUse.assertion) == first
    rotated = await rotate_key(identity=ada, keeps_old=False)
    document = await _document()
    assert document["publicKey"]["id"] == rotated.public_key_id
    (method,) = document["assertionMethod"]
    assert first is not None
    assert method["id"] != first.key_id
    assert (await signing_key(-ada.pk)).key_id == rotated.public_key_id


async def test_what_is_sent_after_a_key_was_dropped_is_signed_with_the_new_one(
    ada: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command runs in a process of its own, while the worker has the old key in memory from the last post."""
    await maintain_keys()
    used, proved = await signing.signer_of(ada.pk), await signing.proof_key_of(ada.pk)
    assert used is not None
    assert proved is not None
    rotated = await rotate_key(identity=ada, keeps_old=False)
    later = time.monotonic() + 3
    monkeypatch.setattr(signing, "time", SimpleNamespace(monotonic=lambda: later))
    signer, proof = await signing.signer_of(ada.pk), await signing.proof_key_of(ada.pk)
    assert signer is not None
    assert proof is not None
    document = await _document()
    assert signer.key.key_id == rotated.public_key_id == document["publicKey"]["id"]
    assert proof.key_id == document["assertionMethod"][0]["id"] != proved.key_id


async def test_every_local_actor_gets_a_key_for_proofs(ada: Identity) -> None:
    assert "assertionMethod" not in await _document()  # somebody from before there were any
    await maintain_keys()
    await maintain_keys()
    (method,) = (await _document())["assertionMethod"]
    assert (method["type"], method["controller"]) == ("Multikey", ada.uri)
    assert method["id"].startswith(f"{ada.uri}#")
    load_multikey(method["publicKeyMultibase"])
    made = await profiles.insert_local(domain=ada.domain, username="eve", pair=key_pair(), name="")
    assert await key_of(made.pk, KeyUse.assertion) is not None
    suspended = await fresh(ada)
    suspended.restriction = 2
    await suspended.asave(update_fields=["restriction"])
    assert "assertionMethod" in await _document()  # what it signed before stays provable


def _actor(uri: str, *methods: object) -> dict:
    return {
        "id": uri,
        "type": "Person",
        "preferredUsername": "bob",
        "inbox": f"{uri}/inbox",
        "assertionMethod": list(methods),
    }


async def test_keys_that_a_remote_actor_states_are_stored_and_replaced(ada: Identity) -> None:
    uri, other = "https://far.example/users/bob", "https://far.example/users/eve"
    bases = [multikey(make_ed25519_pair().public_pem) for _ in range(3)]

    def method(name: str, base: object, controller: object = uri, host: str = uri) -> dict:
        return {
            "id": f"{host}#{name}",
            "type": "Multikey",
            "controller": controller,
            "publicKeyMultibase": base,
        }

    async def stored() -> list[tuple[str, str]]:
        return await sql.rows(
            "SELECT key_id, owner FROM federation_remotekey WHERE is_assertion ORDER BY key_id"
        )

    wrong = [
        method("elsewhere", bases[1], host="https://evil.example/users/bob"),
        method("of-eve", bases[1], controller=other),
        method("nothing", None),
        method("short", "z6Mk"),
        f"{uri}#by-name",
        5,
    ]
    for document in (_actor(uri, *wrong[:4]), _actor(uri, *wrong[4:])):
        assert parse_actor(document).assertion_keys == {}
    await remote_actors.store_actor(parse_actor(_actor(uri, method("one", bases[0]), wrong[0])))
    assert await stored() == [(f"{uri}#one", uri)]
    await remote_actors.store_actor(parse_actor(_actor(uri, method("two", bases[1]))))
    assert await stored() == [(f"{uri}#two", uri)]
    # the key of requests is another matter: its rotation leaves those of proofs alone
    await replace_key(owner=uri, key_id=f"{uri}#main", pem=key_pair().public_pem)
    assert await stored() == [(f"{uri}#two", uri)]
    # nobody takes the place of somebody else's key
    await remote_actors.store_actor(
        parse_actor(_actor(other, method("two", bases[2], controller=other)) | {"preferredUsername": "eve"})
    )
    assert await stored() == [(f"{uri}#two", uri)]
    await remote_actors.store_actor(parse_actor(_actor(uri)))
    assert await stored() == []
