"""The first look at a remote profile brings the collections of people that it features, and the next ones keep them as they are there."""

from typing import Any

import pytest

from core import clock
from tests.activities.people import follow
from tests.activities.remote.looking import grow_older, known, profile, work
from tests.api.support.world import World
from tests.federation.collecting import check_items, collection_of, item, stamped
from tests.support.peers import Actor, MastodonPeer, Received, Reply
from tests.support.peers.http import as_json
from users.collections.handlers import remove_forgotten_collections
from users.collections.models import Collection, CollectionItem
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


def serve(far: MastodonPeer, actor: Actor, *pages: list[Any]) -> None:
    uri = f"{actor.uri}/collections"
    actor.extra["featuredCollections"] = uri
    addresses = [f"{uri}/pages/{number}" for number in range(len(pages))]
    far.add_document({"id": uri, "type": "Collection", "totalItems": 9, "first": addresses[0]})
    for address, items, following in zip(addresses, pages, [*addresses[1:], ""], strict=True):
        page = {"id": address, "type": "CollectionPage", "partOf": uri, "items": items}
        far.add_document({**page, **({"next": following} if following else {})})


async def listed(world: World, person: Identity) -> list[str]:
    found = await world.ada.get(f"/api/v1/accounts/{person.pk}/collections", "Collections")
    return sorted(one["name"] for one in found["collections"])


async def look(world: World, actor: Actor) -> Identity:
    person = await known(actor)
    await world.ada.get(f"/api/v1/accounts/{person.pk}", "Account")
    await work()
    return person


@pytest.mark.slow
async def test_the_first_look_brings_collections(world: World, far: MastodonPeer) -> None:
    ana, bob = profile(far), far.add_actor("bob")
    first, second = collection_of(ana), collection_of(ana, 2)
    first["orderedItems"] = [item(first["id"], 1, bob.uri, stamped(far, bob, first["id"]))]
    far.add_document(second)
    foreign = {**collection_of(ana, 3), "attributedTo": bob.uri}
    serve(far, ana, [first, foreign], [second["id"], "https://elsewhere.example/1", 5])
    person = await look(world, ana)
    assert await listed(world, person) == ["People 1", "People 2"]
    await check_items()
    shown = await world.ada.get(f"/api/v1/accounts/{person.pk}/collections", "Collections")
    assert sorted(one["item_count"] for one in shown["collections"]) == [0, 1]
    assert {one["local"] for one in shown["collections"]} == {False}

    serve(far, ana, [second["id"]])
    await grow_older(days=2)
    await look(world, ana)
    assert await listed(world, person) == ["People 2"]


async def test_pages_without_end_and_a_server_that_hides_them(world: World, far: MastodonPeer) -> None:
    ana = profile(far)
    uri = f"{ana.uri}/collections"
    ana.extra["featuredCollections"] = uri

    def page(request: Received) -> Reply:
        number = int(request.path.rpartition("/")[2])
        items = [collection_of(ana, number * 100 + one) for one in range(20)]
        return as_json(
            {"id": f"{uri}/{number}", "type": "CollectionPage", "items": items, "next": f"{uri}/{number + 1}"}
        )

    for number in range(50):
        far.replies[f"/users/ana/collections/{number}"] = page
    far.add_document({"id": uri, "type": "Collection", "first": f"{uri}/0"})
    person = await look(world, ana)
    assert await Collection.objects.filter(owner=person).acount() == 30
    assert len([one for one in far.requests if "/collections" in one.path]) <= 3

    del far.documents["/users/ana/collections"]
    await grow_older(days=2)
    await look(world, ana)
    assert await Collection.objects.filter(owner=person).acount() == 30  # what is not shown is not forgotten


async def test_collections_without_local_members_or_followers_are_deleted(
    world: World, far: MastodonPeer
) -> None:
    ana = await known(profile(far))
    long_ago = clock.now() - clock.dt.timedelta(days=31)
    made = await Collection.objects.acreate(
        owner=ana, uri=f"{ana.uri}/c/1", name="Old", created_at=long_ago, updated_at=long_ago
    )
    item = await CollectionItem.objects.acreate(
        collection=made, identity=world.ada.me, state="accepted", created_at=long_ago
    )
    assert await remove_forgotten_collections() == 0
    await CollectionItem.objects.filter(pk=item.pk).adelete()
    following = await follow(world.ada.me, ana)
    assert await remove_forgotten_collections() == 0
    await following.adelete()
    mine = await world.ada.post("/api/v1/collections", "WrappedCollection", data={"name": "Mine"})
    await Collection.objects.all().aupdate(updated_at=long_ago)
    assert await remove_forgotten_collections() == 1
    assert str((await Collection.objects.aget()).pk) == mine["collection"]["id"]
