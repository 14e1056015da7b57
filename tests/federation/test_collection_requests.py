"""Consent to be in collections (FEP-7aa9), as it comes in over HTTP: requests, answers, withdrawals, and what may be forged."""

import json
from typing import Any

import httpx
import pytest

from core.db import sql
from federation.remote_keys import fetch_key
from tests.federation.conftest import met, post, settled
from tests.federation.fedify import ana as ana
from tests.federation.fedify import peer as peer
from tests.support.peers import Actor, FedifyPeer
from tests.users.support import make_person
from users.collections import services
from users.collections.models import Collection, CollectionItem, ItemState
from users.domains.models import Domain
from users.identities.models import Identity

pytestmark = pytest.mark.anyio
ACTIVITYPUB = {"Accept": "application/activity+json"}


async def sent(*kinds: str) -> list[dict[str, Any]]:
    found = await sql.column(
        "SELECT body FROM federation_outgoingactivity WHERE activity_type = ANY(%s) ORDER BY id",
        [list(kinds)],
    )
    return [json.loads(bytes(body)) for body in found]


def collection(peer: FedifyPeer, ana: Actor, number: int = 1, **more: Any) -> str:
    uri = f"{ana.uri}/collections/{number}"
    peer.documents[f"/users/ana/collections/{number}"] = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "FeaturedCollection",
        "attributedTo": ana.uri,
        "name": "Fine <people>",
        "summaryMap": {"en": "All of them"},
        "topic": {"type": "Hashtag", "name": "#Fine"},
        "discoverable": True,
        "orderedItems": [],
        **more,
    }
    return uri


async def told(
    local: httpx.AsyncClient, peer: FedifyPeer, actor: Actor, document: Any, count: int = 1
) -> tuple[str, str]:
    assert (await post(local, peer, actor, document)).status_code == 202
    message = (await settled(count))[-1]
    return message.state, message.reason


async def test_a_request_is_answered_with_a_stamp_that_can_be_withdrawn(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    uri = collection(peer, ana)
    asking = peer.activity(ana, "FeatureRequest", ada.uri, instrument=uri)
    assert (await told(local, peer, ana, asking))[0] == "handled"
    [answer] = await sent("Accept", "Reject")
    assert (answer["type"], answer["object"]) == ("Accept", asking["id"])
    stamp = (await local.get(answer["result"], headers=ACTIVITYPUB)).json()
    assert (stamp["type"], stamp["interactingObject"]) == ("FeatureAuthorization", uri)
    assert stamp["interactionTarget"] == ada.uri
    known = await Collection.objects.aget(uri=uri)
    assert (known.name, known.description, known.language) == ("Fine <people>", "All of them", "en")
    assert known.tag == "Fine"

    again = peer.activity(ana, "FeatureRequest", ada.uri, instrument=uri)
    await told(local, peer, ana, again, 2)
    assert (await sent("Accept"))[-1]["result"] == answer[
        "result"
    ]  # one stamp, however often it is asked for

    item = await CollectionItem.objects.aget(identity=ada)
    await services.leave_collection(person=ada, collection_id=known.pk, item_id=item.pk)
    [withdrawal] = await sent("Delete")
    assert withdrawal["object"]["id"] == answer["result"]
    assert (await local.get(answer["result"], headers=ACTIVITYPUB)).status_code == 404
    await told(local, peer, ana, peer.activity(ana, "FeatureRequest", ada.uri, instrument=uri), 3)
    assert [one["type"] for one in await sent("Accept", "Reject")] == ["Accept", "Accept", "Reject"]


@pytest.mark.slow
@pytest.mark.slow
async def test_requests_that_are_refused(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    shy = await make_person(await Domain.objects.aget(name="testserver"), "shy", is_discoverable=False)
    eve = peer.add_actor("eve")
    await met(eve)
    anas = collection(peer, ana)
    requests = [
        (ana, shy.uri, anas),
        (ana, ada.uri, "https://elsewhere.example/collections/1"),
        (eve, ada.uri, anas),  # of somebody else on the same server
    ]
    for count, (who, person, uri) in enumerate(requests, start=1):
        await told(local, peer, who, peer.activity(who, "FeatureRequest", person, instrument=uri), count)
        assert [one["type"] for one in await sent("Accept", "Reject")] == ["Reject"] * count
    assert not await CollectionItem.objects.aexists()


async def test_a_person_elsewhere_is_asked_and_may_change_their_mind(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    her = await Identity.objects.aget(uri=ana.uri)
    await Identity.objects.filter(pk=her.pk).aupdate(allows_featuring=True)
    mine = await services.create_collection(owner=ada, name="Mine", person_ids=[her.pk])
    [asking] = await sent("FeatureRequest")
    assert (asking["object"], asking["instrument"]) == (ana.uri, mine.uri)
    assert (await local.get(mine.uri, headers=ACTIVITYPUB)).json()["orderedItems"] == []
    stamp = f"{ana.uri}/stamps/1"
    eve = peer.add_actor("eve")
    await fetch_key(eve.key_id)
    forged = peer.activity(eve, "Accept", asking["id"], result=f"{eve.uri}/stamps/1")
    assert (await told(local, peer, eve, forged))[0] == "skipped"
    foreign = peer.activity(ana, "Accept", asking["id"], result="https://elsewhere.example/stamp")
    assert (await told(local, peer, ana, foreign, 2))[0] == "skipped"
    accepted = peer.activity(ana, "Accept", asking["id"], result=stamp)
    assert (await told(local, peer, ana, accepted, 3))[0] == "handled"
    document = (await local.get(mine.uri, headers=ACTIVITYPUB)).json()
    assert document["totalItems"] == 1
    [item] = document["orderedItems"]
    assert (item["featuredObject"], item["featureAuthorization"]) == (ana.uri, stamp)
    await told(local, peer, ana, peer.activity(ana, "Delete", stamp), 4)
    assert (await local.get(mine.uri, headers=ACTIVITYPUB)).json()["orderedItems"] == []
    assert (await CollectionItem.objects.aget(identity=her)).state == ItemState.revoked
    await told(local, peer, ana, peer.activity(ana, "Accept", asking["id"], result=f"{stamp}2"), 5)
    assert (await CollectionItem.objects.aget(identity=her)).state == ItemState.revoked


async def test_the_documents_of_an_actor_with_collections(
    local: httpx.AsyncClient, ada: Identity, worker: Any
) -> None:
    mine = await services.create_collection(
        owner=ada, name="Mine", language="en", tag="Lace", person_ids=[ada.pk]
    )
    actor = (await local.get(ada.uri, headers=ACTIVITYPUB)).json()
    assert actor["interactionPolicy"]["canFeature"]["automaticApproval"][0].endswith("#Public")
    listed = (await local.get(actor["featuredCollections"], headers=ACTIVITYPUB)).json()
    assert listed["items"] == [mine.uri]
    document = (await local.get(mine.uri, headers=ACTIVITYPUB)).json()
    assert (document["type"], document["summaryMap"], document["topic"]["name"]) == (
        "FeaturedCollection",
        {"en": ""},
        "#Lace",
    )
    assert (await local.get(document["orderedItems"][0]["featureAuthorization"])).status_code == 200
    other = await make_person(await Domain.objects.aget(name="testserver"), "other")
    for uri in (f"{other.uri}/featured_collections/{mine.pk}", f"{other.uri}/feature_authorizations/1"):
        assert (await local.get(uri, headers=ACTIVITYPUB)).status_code == 404
    await Identity.objects.filter(pk=ada.pk).aupdate(is_discoverable=False)
    actor = (await local.get(ada.uri, headers=ACTIVITYPUB)).json()
    assert actor["interactionPolicy"]["canFeature"]["automaticApproval"] == [ada.uri]


@pytest.mark.slow
async def test_an_owner_edits_and_deletes_only_their_own_collections(
    local: httpx.AsyncClient, peer: FedifyPeer, ana: Actor, ada: Identity, worker: Any
) -> None:
    uri = collection(peer, ana)
    document = peer.documents["/users/ana/collections/1"]
    await told(local, peer, ana, peer.activity(ana, "FeatureRequest", ada.uri, instrument=uri))
    eve = peer.add_actor("eve")
    await met(eve)
    forged = peer.activity(eve, "Update", {**document, "name": "Forged"})
    await told(local, peer, eve, forged, 2)
    await told(local, peer, eve, peer.activity(eve, "Delete", uri), 3)
    assert (await Collection.objects.aget(uri=uri)).name == "Fine <people>"
    long = {**document, "name": "x" * 100_000, "summaryMap": {"en": "y" * 100_000}}
    await told(local, peer, ana, peer.activity(ana, "Update", long), 4)
    known = await Collection.objects.aget(uri=uri)
    assert (len(known.name), len(known.description)) == (256, 2048)
    await told(local, peer, ana, peer.activity(ana, "Delete", uri), 5)
    assert not await Collection.objects.aexists()
    assert not await CollectionItem.objects.aexists()
