"""Collections: who may be in one, who may change one, and what they show to whom."""

from typing import Any

import pytest

from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from users.identities.models import Identity

pytestmark = pytest.mark.anyio
PATH = "/api/v1/collections"
NOT_ALLOWED = "This action is not allowed"


async def make(who: Speaker, *people: str, **more: str) -> dict[str, Any]:
    draft = {"name": "Nice people", "account_ids[]": list(people), **more}
    return (await who.post(PATH, "WrappedCollection", data=draft))["collection"]


async def test_a_collection_is_made_changed_and_deleted(world: World) -> None:
    made = await make(world.ada, world.bea.id, description="a <b>", language="en", tag_name="#Nice")
    assert (made["name"], made["description"], made["language"]) == ("Nice people", "a &lt;b&gt;", "en")
    assert made["tag"]["name"] == "Nice"
    assert (made["local"], made["discoverable"], made["item_count"]) == (True, True, 1)
    path = f"{PATH}/{made['id']}"
    changed = await world.ada.patch(path, "WrappedCollection", data={"name": "Others", "sensitive": "true"})
    assert (changed["collection"]["name"], changed["collection"]["sensitive"]) == ("Others", True)
    assert changed["collection"]["description"] == "a &lt;b&gt;"
    shown = await world.nobody.get(path, "CollectionWithAccounts")
    assert [one["id"] for one in shown["accounts"]] == [world.ada.id, world.bea.id]
    listed = await world.bea.get(f"/api/v1/accounts/{world.ada.id}/collections", "Collections")
    assert [one["id"] for one in listed["collections"]] == [made["id"]]
    inside = await world.ada.get(f"/api/v1/accounts/{world.bea.id}/in_collections", "Collections")
    assert [one["id"] for one in inside["collections"]] == [made["id"]]
    await world.ada.delete(path, "{}")
    await world.nobody.refused("GET", path, 404, "Record not found")


async def test_invalid_collections_are_refused(world: World) -> None:
    for change, sentence in (
        ({"name": "x" * 41}, "Name is too long (maximum is 40 characters)"),
        ({"name": " "}, "Name can't be blank"),
        ({"description": "x" * 101}, "Description is too long (maximum is 100 characters)"),
        ({"language": "nonsense-tongue"}, "Language is invalid"),
        ({"tag_name": "two words"}, "Tag is invalid"),
    ):
        draft = {"name": "Nice", **change}
        await world.ada.refused("POST", PATH, 422, f"Validation failed: {sentence}", data=draft)
    made = await make(world.ada)
    await world.ada.refused("PATCH", f"{PATH}/{made['id']}", 422, data={"name": "x" * 41})


async def test_only_its_owner_changes_a_collection(world: World) -> None:
    made = await make(world.ada, world.bea.id)
    path, item = f"{PATH}/{made['id']}", made["items"][0]["id"]
    await world.bea.refused("PATCH", path, 403, NOT_ALLOWED, data={"name": "Mine"})
    await world.bea.refused("DELETE", path, 403, NOT_ALLOWED)
    await world.bea.refused("POST", f"{path}/items", 403, NOT_ALLOWED, data={"account_id": world.ada.id})
    await world.bea.refused("DELETE", f"{path}/items/{item}", 403, NOT_ALLOWED)
    await world.ada.refused("POST", f"{path}/items/{item}/revoke", 403, NOT_ALLOWED)
    reader = await world.speaker("cyd", scopes="read")
    await reader.refused("POST", PATH, 403, data={"name": "Nice"})


async def test_people_are_added_and_removed(world: World) -> None:
    made = await make(world.ada)
    path = f"{PATH}/{made['id']}/items"
    await world.ada.refused("POST", path, 422, "`account_id` parameter is missing")
    added = await world.ada.post(path, "WrappedCollectionItem", data={"account_id": world.bea.id})
    item = added["collection_item"]
    assert (item["account_id"], item["state"]) == (world.bea.id, "accepted")
    taken = "Validation failed: Account has already been taken"
    await world.ada.refused("POST", path, 422, taken, data={"account_id": world.bea.id})
    await world.ada.delete(f"{path}/{item['id']}", "{}")
    await world.ada.refused("DELETE", f"{path}/{item['id']}", 404)


async def test_only_consenting_people_are_added(world: World) -> None:
    made = await make(world.ada)
    path, refusal = f"{PATH}/{made['id']}/items", "Validation failed: Account can't be added to a collection"
    shy = await world.speaker("cyd", is_discoverable=False)
    blocker = await world.speaker("dot")
    await rows.block(blocker.me, world.ada.me)
    for one in (shy.id, blocker.id, str(world.remote.pk), "12345"):
        await world.ada.refused("POST", path, 422, refusal, data={"account_id": one})
    account = await world.ada.get(f"/api/v1/accounts/{shy.id}", "Account")
    assert account["feature_approval"]["current_user"] == "denied"
    account = await world.ada.get(f"/api/v1/accounts/{world.bea.id}", "Account")
    assert account["feature_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}


async def test_a_remote_member_is_pending_until_accepted(world: World) -> None:
    await Identity.objects.filter(pk=world.remote.pk).aupdate(allows_featuring=True)
    made = await make(world.ada, str(world.remote.pk))
    assert [item["state"] for item in made["items"]] == ["pending"]
    for other in (world.nobody, world.bea):
        seen = await other.get(f"{PATH}/{made['id']}", "CollectionWithAccounts")
        assert seen["collection"]["items"] == []
        assert [one["id"] for one in seen["accounts"]] == [world.ada.id]


async def test_a_member_who_left_is_not_added_again(world: World) -> None:
    made = await make(world.ada, world.bea.id)
    path, item = f"{PATH}/{made['id']}/items", made["items"][0]["id"]
    await world.bea.post(f"{path}/{item}/revoke", "{}")
    assert (await world.ada.get(f"{PATH}/{made['id']}"))["collection"]["items"] == []
    left = "Validation failed: Account left this collection and is not asked again"
    await world.ada.refused("POST", path, 422, left, data={"account_id": world.bea.id})
    await world.ada.refused("DELETE", f"{path}/{item}", 404)
    await world.bea.refused("POST", f"{path}/{item}/revoke", 404)


async def test_a_block_hides_the_collection_or_the_person_in_it(world: World) -> None:
    dot = await world.speaker("dot")
    made = await make(world.ada, world.bea.id)
    await rows.block(world.bea.me, dot.me)
    assert (await dot.get(f"{PATH}/{made['id']}"))["collection"]["items"] == []
    await rows.block(world.ada.me, dot.me)
    await dot.refused("GET", f"{PATH}/{made['id']}", 404)
    assert (await dot.get(f"/api/v1/accounts/{world.ada.id}/collections"))["collections"] == []


async def test_the_numbers_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.collections.services.rows.COLLECTIONS", 1)
    monkeypatch.setattr("users.collections.services.rows.ITEMS", 1)
    made = await make(world.ada, world.bea.id)
    await world.ada.refused("POST", PATH, 422, data={"name": "More"})
    draft = {"account_id": world.ada.id}
    await world.ada.refused("POST", f"{PATH}/{made['id']}/items", 422, data=draft)
    draft = {"name": "More", "account_ids[]": [world.ada.id, world.bea.id]}
    await world.bea.refused("POST", PATH, 422, data=draft)
    listed = await world.ada.get(f"/api/v1/accounts/{world.ada.id}/collections?limit=1&offset=1")
    assert listed["collections"] == []
