"""Collections of people between servers: what followers' servers are told, and what is believed of others' collections."""

import json
from typing import Any

import httpx
import pytest

from core.db import sql
from tests.activities.people import follow
from tests.federation.collecting import check_items, collection_of, item, stamped
from tests.federation.conftest import met, post, settled
from tests.federation.fedify import peer as peer
from tests.support.peers import Actor, FedifyPeer
from tests.users.support import make_person
from users.collections import services
from users.collections.models import Collection, CollectionItem, ItemCheck
from users.identities.models import Identity
from users.relations.services import telling

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ana(peer: FedifyPeer, ada: Identity) -> Actor:
    actor = peer.actors["ana"]
    actor.extra["featuredCollections"] = f"{actor.uri}/collections"
    await met(actor)
    return actor


async def sent() -> list[dict[str, Any]]:
    """What went out since it was asked last."""
    found = await sql.column("SELECT body FROM federation_outgoingactivity ORDER BY id")
    await sql.run("DELETE FROM federation_delivery")
    await sql.run("DELETE FROM federation_outgoingactivity")
    return [json.loads(bytes(body)) for body in found]


async def told(
    local: httpx.AsyncClient, peer: FedifyPeer, actor: Actor, kind: str, value: Any, **more: Any
) -> tuple[str, str]:
    count = await sql.value("SELECT count(*) FROM federation_inboxmessage")
    document = peer.activity(actor, kind, value, **more)
    assert (await post(local, peer, actor, document)).status_code == 202
    message = (await settled(count + 1))[-1]
    return message.state, message.reason


async def people_in(uri: str) -> list[str]:
    items = CollectionItem.objects.select_related("identity").filter(collection__uri=uri, state="accepted")
    return [one.identity.username async for one in items.order_by("position", "id")]


async def test_followers_are_told_of_everything(ada: Identity, ana: Actor) -> None:
    her = await Identity.objects.aget(uri=ana.uri)
    await follow(her, ada)
    bea = await make_person(ada.domain, "bea")
    mine = await services.create_collection(owner=ada, name="Mine", person_ids=[bea.pk])
    [made] = await sent()
    assert (made["type"], made["object"]["id"]) == ("Add", mine.uri)
    assert made["target"] == f"{ada.uri}/collections/featured_collections"
    assert [one["featuredObject"] for one in made["object"]["orderedItems"]] == [bea.uri]
    assert "@context" not in made["object"]

    await services.add_person(owner=ada, collection_id=mine.pk, person_id=ada.pk)
    [added] = await sent()
    assert (added["type"], added["target"], added["object"]["featuredObject"]) == ("Add", mine.uri, ada.uri)

    await services.edit_collection(owner=ada, collection_id=mine.pk, name="Ours")
    [edited] = await sent()
    assert (edited["type"], edited["object"]["name"], edited["object"]["totalItems"]) == ("Update", "Ours", 2)
    await services.edit_collection(owner=ada, collection_id=mine.pk, name="Ours")
    assert await sent() == []

    hers = await CollectionItem.objects.aget(identity=bea)
    await services.leave_collection(person=bea, collection_id=mine.pk, item_id=hers.pk)
    [left] = await sent()
    assert (left["type"], left["target"]) == ("Remove", mine.uri)
    assert left["object"] == made["object"]["orderedItems"][0]["id"]

    await services.delete_collection(owner=ada, collection_id=mine.pk)
    [gone] = await sent()
    assert (gone["type"], gone["object"], gone["target"]) == ("Remove", mine.uri, made["target"])


async def test_undiscoverable_collections_are_announced_to_their_members_only(
    ada: Identity, ana: Actor, peer: FedifyPeer
) -> None:
    her = await Identity.objects.aget(uri=ana.uri)
    await follow(her, ada)
    mine = await services.create_collection(owner=ada, name="Mine", is_discoverable=False)
    assert await sent() == []
    await services.edit_collection(owner=ada, collection_id=mine.pk, is_discoverable=True)
    assert [one["type"] for one in await sent()] == ["Update"]
    await services.edit_collection(owner=ada, collection_id=mine.pk, is_discoverable=False)
    assert [one["object"]["discoverable"] for one in await sent()] == [False]
    await services.edit_collection(owner=ada, collection_id=mine.pk, name="Ours")
    assert await sent() == []
    await CollectionItem.objects.acreate(
        collection=mine, identity=her, state="accepted", created_at=mine.created_at
    )
    await services.delete_collection(owner=ada, collection_id=mine.pk)
    assert [one["type"] for one in await sent()] == ["Remove"]


async def test_remote_consent_and_its_withdrawal_are_announced(
    local: httpx.AsyncClient, ada: Identity, ana: Actor, peer: FedifyPeer, worker: Any
) -> None:
    her = await Identity.objects.aget(uri=ana.uri)
    await Identity.objects.filter(pk=her.pk).aupdate(allows_featuring=True)
    await follow(her, ada)
    mine = await services.create_collection(owner=ada, name="Mine", person_ids=[her.pk])
    asking, made = await sent()
    assert made["object"]["orderedItems"] == []
    stamp = f"{ana.uri}/stamps/1"
    await told(local, peer, ana, "Accept", asking["id"], result=stamp)
    [added] = await sent()
    assert (added["type"], added["object"]["featureAuthorization"]) == ("Add", stamp)
    await told(local, peer, ana, "Delete", stamp)
    [left] = await sent()
    assert (left["type"], left["object"], left["target"]) == ("Remove", added["object"]["id"], mine.uri)


async def test_very_many_followers_get_the_profile_instead(
    ada: Identity, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_FOLLOWERS_AT_ONCE", 1)
    await follow(await Identity.objects.aget(uri=ana.uri), ada)
    await services.create_collection(owner=ada, name="Mine")
    assert await sent() == []
    assert (await Identity.objects.aget(pk=ada.pk)).state == "edited"


@pytest.mark.slow
async def test_a_collection_of_a_followed_actor_is_stored(
    local: httpx.AsyncClient, ada: Identity, ana: Actor, peer: FedifyPeer, worker: Any
) -> None:
    document = collection_of(ana)
    adding = {"target": f"{ana.uri}/collections"}
    assert await told(local, peer, ana, "Add", document, **adding) == ("skipped", "it concerns nobody here")
    await follow(ada, await Identity.objects.aget(uri=ana.uri))
    bob, eve = peer.add_actor("bob"), peer.add_actor("eve")
    uri = document["id"]
    document["orderedItems"] = [
        item(uri, 1, bob.uri, stamped(peer, bob, uri)),
        item(uri, 2, eve.uri, stamped(peer, eve, uri, interactingObject=f"{uri}0")),  # of another collection
        item(uri, 3, ada.uri, f"{ada.uri}/feature_authorizations/1"),  # she never agreed
        item(uri, 4, "https://elsewhere.example/u", f"{bob.uri}/stamps/1"),  # another host's stamp
        item("https://elsewhere.example/c", 5, bob.uri, f"{bob.uri}/stamps/1"),
        "https://elsewhere.example/items/6",
        None,
    ]
    state, _ = await told(local, peer, ana, "Add", document, target="https://far.test/others")
    assert (state, await Collection.objects.acount()) == ("skipped", 0)
    assert (await told(local, peer, ana, "Add", document, **adding))[0] == "handled"
    assert await people_in(uri) == []
    assert await ItemCheck.objects.acount() == 3
    await check_items()
    assert await people_in(uri) == ["bob"]

    cyd = peer.add_actor("cyd")
    added = item(uri, 7, cyd.uri, stamped(peer, cyd, uri))
    assert (await told(local, peer, ana, "Add", added, target=uri))[0] == "handled"
    await check_items()
    assert await people_in(uri) == ["bob", "cyd"]
    await met(eve)
    forged = item(uri, 8, eve.uri, stamped(peer, eve, uri))
    assert (await told(local, peer, eve, "Add", forged, target=uri))[0] == "skipped"
    assert (await told(local, peer, eve, "Remove", added["id"], target=uri))[0] == "skipped"
    assert (await told(local, peer, eve, "Remove", uri, target=f"{ana.uri}/collections"))[0] == "skipped"
    assert await people_in(uri) == ["bob", "cyd"]

    await told(local, peer, cyd, "Delete", f"{cyd.uri}/stamps/1")
    assert await people_in(uri) == ["bob"]
    await told(local, peer, ana, "Update", {**document, "orderedItems": [added], "name": "Others"})
    await check_items()
    assert await people_in(uri) == []  # cyd took that stamp back
    assert (await told(local, peer, ana, "Remove", uri, target=f"{ana.uri}/collections"))[0] == "handled"
    assert not await Collection.objects.aexists()


async def test_local_members_stay_until_the_owner_removes_them(
    local: httpx.AsyncClient, ada: Identity, ana: Actor, peer: FedifyPeer, worker: Any
) -> None:
    uri = peer.add_document(collection_of(ana))["id"]
    await told(local, peer, ana, "FeatureRequest", ada.uri, instrument=uri)
    await told(local, peer, ana, "Update", collection_of(ana, name="Not yet listed"))
    assert await people_in(uri) == ["ada"]
    mine = await CollectionItem.objects.aget(identity=ada)
    listed = item(uri, 1, ada.uri, f"{ada.uri}/feature_authorizations/{mine.pk}")
    await told(local, peer, ana, "Add", listed, target=uri)
    assert not await ItemCheck.objects.aexists()
    assert await people_in(uri) == ["ada"]
    assert (await told(local, peer, ana, "Remove", listed["id"], target=uri))[0] == "handled"
    assert await people_in(uri) == []


@pytest.mark.slow
async def test_an_endless_collection_ends(
    local: httpx.AsyncClient,
    ada: Identity,
    ana: Actor,
    peer: FedifyPeer,
    worker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await follow(ada, await Identity.objects.aget(uri=ana.uri))
    document = collection_of(ana)
    uri = document["id"]
    document["orderedItems"] = [
        item(uri, n, f"https://victim.example/{n}", f"https://victim.example/{n}/s") for n in range(700)
    ]
    adding = {"target": f"{ana.uri}/collections"}
    await told(local, peer, ana, "Add", document, **adding)
    assert await ItemCheck.objects.acount() == 150
    more = item(uri, 900, "https://victim.example/x", "https://victim.example/x/s")
    assert (await told(local, peer, ana, "Add", more, target=uri))[1] == "too many people are in it"
    monkeypatch.setattr("users.collections.services.rows.REMOTE_COLLECTIONS", 1)
    state = await told(local, peer, ana, "Add", collection_of(ana, 2), **adding)
    assert state == ("skipped", "its owner has too many collections")
    await told(local, peer, ana, "Update", collection_of(ana))
    assert not await ItemCheck.objects.aexists()
