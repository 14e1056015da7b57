"""Collections of people elsewhere in the API: notifications, posts that lead to them, search, reports, and limits."""

from typing import Any

import pytest

from core import clock
from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from users.collections.models import Collection
from users.collections.services import answer_request

pytestmark = pytest.mark.anyio
PATH = "/api/v1/collections"
KINDS = ["added_to_collection", "collection_update"]


async def make(who: Speaker, *people: str, **more: str) -> dict[str, Any]:
    draft = {"name": "Nice people", "account_ids[]": list(people), **more}
    return (await who.post(PATH, "WrappedCollection", data=draft))["collection"]


async def told(who: Speaker) -> list[tuple[str, str]]:
    """What somebody is notified of: kind and collection, the newest first."""
    found = await who.get("/api/v1/notifications", "[Notification]", params={"types[]": KINDS})
    return [(one["type"], one["collection"]["id"]) for one in found]


async def test_members_are_notified_when_added_and_when_renamed(world: World) -> None:
    made = await make(world.ada, world.bea.id, world.ada.id)
    assert await told(world.bea) == [("added_to_collection", made["id"])]
    assert await told(world.ada) == []
    grouped = await world.bea.get("/api/v2/notifications")  # the reference has not these types in groups
    [group] = [one for one in grouped["notification_groups"] if one["type"] == "added_to_collection"]
    assert (group["collection"]["name"], group["status_id"]) == ("Nice people", None)
    await world.ada.patch(f"{PATH}/{made['id']}", data={"sensitive": "true"})
    assert len(await told(world.bea)) == 1
    for name in ("Others", "Yet others"):
        await world.ada.patch(f"{PATH}/{made['id']}", data={"name": name})
    assert await told(world.bea) == [("collection_update", made["id"]), ("added_to_collection", made["id"])]
    page = await world.bea.get("/api/v1/notifications")
    assert {one["account"]["id"] for one in page} == {world.ada.id}
    [item] = [one for one in made["items"] if one["account_id"] == world.bea.id]
    await world.bea.post(f"{PATH}/{made['id']}/items/{item['id']}/revoke")
    assert await told(world.bea) == []


async def test_the_newest_collection_of_somebody_is_the_one_that_is_told(world: World) -> None:
    await make(world.ada, world.bea.id)
    second = await make(world.ada, world.bea.id, name="Second")
    assert await told(world.bea) == [("added_to_collection", second["id"])]
    await world.ada.delete(f"{PATH}/{second['id']}")
    assert await told(world.bea) == []


async def test_nobody_is_notified_by_those_they_mute(world: World) -> None:
    await rows.mute(world.bea.me, world.ada.me, hides_notifications=True)
    await make(world.ada, world.bea.id)
    assert await told(world.bea) == []


async def test_a_collection_elsewhere_notifies_and_ends(world: World) -> None:
    made = await Collection.objects.acreate(
        owner=world.remote, uri=f"{world.remote.uri}/c/1", created_at=clock.now(), updated_at=clock.now()
    )
    made.owner = world.remote
    await answer_request(collection=made, person=world.bea.me, request_id="https://far.test/r/1")
    assert await told(world.bea) == [("added_to_collection", str(made.pk))]
    await made.adelete()
    assert await told(world.bea) == []


async def test_apps_that_do_not_know_the_types_get_a_text(world: World) -> None:
    await make(world.ada, world.bea.id)
    for path, name in (("/api/v1/notifications", ""), ("/api/v2/notifications", "notification_groups")):
        for known, is_told in ((None, False), (["mention"], True), (KINDS, False)):
            params = {} if known is None else {"supported_types[]": known}
            found = await world.bea.get(path, params=params)
            [one] = found[name] if name else found
            assert ("fallback" in one) == is_told, (path, known)


async def test_others_do_not_come_across_what_is_not_discoverable(world: World) -> None:
    made = await make(world.ada, discoverable="false")
    path = f"/api/v1/accounts/{world.ada.id}/collections"
    assert [one["id"] for one in (await world.ada.get(path))["collections"]] == [made["id"]]
    for other in (world.bea, world.nobody):
        assert (await other.get(path))["collections"] == []
        assert (await other.get(f"{PATH}/{made['id']}"))["collection"]["id"] == made["id"]


async def test_a_post_with_the_address_of_a_collection(world: World) -> None:
    made = await make(world.ada, world.bea.id)
    far = await Collection.objects.acreate(
        owner=world.remote,
        uri=f"{world.remote.uri}/c/1",
        url="https://far.test/collections/5",
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    assert made["url"].endswith(f"/collections/{made['id']}")
    for text, expected in (
        (f"Look: {made['url']}", [made["id"]]),
        (f"{far.url} and {made['uri']}", [str(far.pk), made["id"]]),
        (f"{made['url']}0 https://elsewhere.test/collections/{made['id']}", []),
        ("collections/5", []),
    ):
        post = await world.ada.post("/api/v1/statuses", "Status", data={"status": text})
        seen = await world.bea.get(f"/api/v1/statuses/{post['id']}", "Status")
        assert [one["id"] for one in seen["tagged_collections"]] == expected, text
    dot = await world.speaker("dot")
    await rows.block(world.remote and world.ada.me, dot.me)
    post = await world.bea.post("/api/v1/statuses", data={"status": made["url"]})
    assert (await dot.get(f"/api/v1/statuses/{post['id']}"))["tagged_collections"] == []


async def test_search_finds_a_collection_by_its_address(world: World) -> None:
    made = await make(world.ada)
    for address in (made["url"], made["uri"]):
        found = await world.bea.get("/api/v2/search", "Search", params={"q": address})
        assert [one["id"] for one in found["collections"]] == [made["id"]]
        assert found["accounts"] == []
    await rows.block(world.ada.me, world.bea.me)
    found = await world.bea.get("/api/v2/search", "Search", params={"q": made["url"]})
    assert found["collections"] == []


async def test_search_finds_collections_by_their_words(world: World) -> None:
    made = await make(world.ada, world.bea.id, name="People who climb", tag_name="Mountains")
    small = await make(world.ada, name="People of mountains")
    await make(world.ada, name="Secret mountains", discoverable="false")
    await make(world.ada, name="Others", description="mountains")

    async def found(who: Speaker, words: str, **more: str) -> list[str]:
        answer = await who.get("/api/v2/search", "Search", params={"q": words, **more})
        return [one["id"] for one in answer["collections"]]

    assert await found(world.bea, "mountAINS people") == [made["id"], small["id"]]
    assert await found(world.bea, "mountains", limit="1", offset="1") == [small["id"]]
    assert await found(world.bea, "mountains", type="accounts") == []
    for words in ("mountains snow", "%", "_", "#mountains", "@mountains", "\\"):
        assert await found(world.bea, words) == []
    await rows.block(world.bea.me, world.ada.me)
    assert await found(world.bea, "mountains") == []


async def test_a_report_names_collections_of_whom_it_is_about(world: World) -> None:
    made = await make(world.ada)
    form = {"account_id": world.ada.id, "collection_ids[]": [made["id"]]}
    report = await world.bea.post("/api/v1/reports", "Report", data=form)
    assert report["collection_ids"] == [made["id"]]
    other = {"account_id": world.bea.id, "collection_ids[]": [made["id"]]}
    cyd = await world.speaker("cyd")
    await cyd.refused("POST", "/api/v1/reports", 404, data=other)
    await cyd.refused("POST", "/api/v1/reports", 404, data={**form, "collection_ids[]": ["12345"]})


async def test_collections_have_the_documented_shape(world: World) -> None:
    instance = await world.nobody.get("/api/v2/instance", "Instance")
    assert instance["api_versions"]["mastodon"] == 10
    me = await world.ada.get("/api/v1/accounts/verify_credentials", "CredentialAccount")
    assert me["role"]["collection_limit"] == 10


async def test_nobody_has_a_yearly_report(world: World) -> None:
    reports = "/api/v1/annual_reports"
    found = await world.ada.get(reports)
    assert found == {"annual_reports": [], "accounts": [], "statuses": []}
    assert await world.ada.get(f"{reports}/2026/state") == {"state": "ineligible"}
    await world.ada.refused("GET", f"{reports}/2026", 404)
    await world.ada.refused("POST", f"{reports}/2026/read", 404)
    assert await world.ada.post(f"{reports}/2026/generate") == {}
    await world.nobody.refused("GET", reports, 401)


async def test_the_limit_counts_only_who_is_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.collections.services.rows.ITEMS", 1)
    made = await make(world.ada, world.bea.id)
    cyd = await world.speaker("cyd")
    [item] = made["items"]
    await world.bea.post(f"{PATH}/{made['id']}/items/{item['id']}/revoke")
    await world.ada.post(f"{PATH}/{made['id']}/items", data={"account_id": cyd.id})
    dot = await world.speaker("dot")
    await world.ada.refused("POST", f"{PATH}/{made['id']}/items", 422, data={"account_id": dot.id})
