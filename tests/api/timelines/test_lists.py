"""Lists: who may have which, what stands in their timelines, and what exclusive ones keep out of home."""

import pytest

from activities.lists.models import ListMember
from activities.publishing.handlers.fan_out import fan_out
from activities.timelines.models import HomeEntry
from tests.activities import people as rows
from tests.api.support.world import Speaker, World

pytestmark = pytest.mark.anyio


async def make(who: Speaker, title: str = "Friends", **more: str) -> str:
    return (await who.post("/api/v1/lists", "List", data={"title": title, **more}))["id"]


async def test_lists_are_made_changed_and_ended(world: World) -> None:
    made = await world.ada.post("/api/v1/lists", "List", json={"title": "Friends", "exclusive": True})
    assert (made["replies_policy"], made["exclusive"]) == ("list", True)
    path = f"/api/v1/lists/{made['id']}"
    changed = await world.ada.put(path, "List", data={"title": "Foes", "replies_policy": "none"})
    assert (changed["title"], changed["replies_policy"], changed["exclusive"]) == ("Foes", "none", True)
    assert await world.ada.get("/api/v1/lists", "[List]") == [changed]
    assert await world.ada.get(path, "List") == changed
    for method in ("GET", "PUT", "DELETE"):
        await world.bea.refused(method, path, 404, "Record not found")
    await world.ada.delete(path, "{}")
    assert await world.ada.get("/api/v1/lists") == []


async def test_a_list_needs_a_title_and_a_known_policy(world: World) -> None:
    path = "/api/v1/lists"
    await world.ada.refused("POST", path, 422, "Validation failed: Title can't be blank")
    await world.ada.refused(
        "POST",
        path,
        422,
        "'some' is not a valid replies_policy",
        data={"title": "x", "replies_policy": "some"},
    )
    await world.ada.refused(
        "POST",
        path,
        422,
        "Validation failed: Title is too long (maximum is 255 characters)",
        data={"title": "x" * 300},
    )


async def test_the_number_of_lists_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.lists.services.MAX_LISTS", 0)
    sentence = "Validation failed: You have reached the maximum number of lists"
    await world.ada.refused("POST", "/api/v1/lists", 422, sentence, data={"title": "Friends"})


async def test_only_followed_people_are_in_a_list(world: World) -> None:
    list_id = await make(world.ada)
    path = f"/api/v1/lists/{list_id}/accounts"
    draft = {"account_ids[]": [world.bea.id]}
    await world.ada.refused("POST", path, 404, "Record not found", data=draft)
    await rows.follow(world.ada.me, world.bea.me)
    await world.bea.refused("POST", path, 404, data=draft)
    await world.ada.post(path, "{}", data=draft)
    await world.ada.refused(
        "POST", path, 422, "Validation failed: Account has already been taken", data=draft
    )
    assert [a["id"] for a in await world.ada.get(path, "[Account]")] == [world.bea.id]
    assert [a["id"] for a in await world.ada.get(f"{path}?limit=0", "[Account]")] == [world.bea.id]
    holding = await world.ada.get(f"/api/v1/accounts/{world.bea.id}/lists", "[List]")
    assert [one["id"] for one in holding] == [list_id]
    await world.ada.delete(f"{path}?account_ids[]={world.bea.id}", "{}")
    assert await world.ada.get(path) == []


async def test_unfollowing_takes_out_of_lists(world: World) -> None:
    list_id = await make(world.ada)
    await world.ada.post(f"/api/v1/accounts/{world.bea.id}/follow")
    await world.ada.post(f"/api/v1/lists/{list_id}/accounts", json={"account_ids": [world.bea.id]})
    await world.ada.post(f"/api/v1/accounts/{world.bea.id}/unfollow")
    assert await ListMember.objects.acount() == 0


@pytest.mark.slow
async def test_the_timeline_and_its_replies_policy(world: World) -> None:
    carl = await world.speaker("carl")
    list_id = await make(world.ada)
    for member in (world.bea, carl):
        await rows.follow(world.ada.me, member.me)
    await world.ada.post(f"/api/v1/lists/{list_id}/accounts", json={"account_ids": [world.bea.id]})
    stranger = await rows.make_post(world.remote)
    plain = await rows.make_post(world.bea.me)
    hidden = await rows.make_post(world.bea.me, rows.Visibility.mentioned)
    answers = {
        "self": await rows.make_post(world.bea.me, in_reply_to=plain),
        "owner": await rows.make_post(world.bea.me, in_reply_to=await rows.make_post(world.ada.me)),
        "followed": await rows.make_post(world.bea.me, in_reply_to=await rows.make_post(carl.me)),
        "stranger": await rows.make_post(world.bea.me, in_reply_to=stranger),
    }
    path = f"/api/v1/timelines/list/{list_id}"
    for policy, expected in (
        ("none", {"self", "owner"}),
        ("list", {"self", "owner"}),
        ("followed", {"self", "owner", "followed"}),
    ):
        await world.ada.put(f"/api/v1/lists/{list_id}", data={"replies_policy": policy})
        found = [one["id"] for one in await world.ada.get(path, "[Status]")]
        assert found == sorted([str(plain.pk), *(str(answers[one].pk) for one in expected)], reverse=True)
        assert str(hidden.pk) not in found
    page = await world.ada.ask("GET", f"{path}?limit=1")
    older = await world.ada.ask("GET", page.links["next"]["url"])
    assert older.json()[0]["id"] < page.json()[0]["id"]
    await world.bea.refused("GET", path, 404, "Record not found")
    await rows.mute(world.ada.me, world.bea.me)
    assert await world.ada.get(path) == []


@pytest.mark.slow
async def test_exclusive_lists_keep_their_members_out_of_home(world: World) -> None:
    list_id = await make(world.ada, exclusive="true")
    await rows.follow(world.ada.me, world.bea.me)
    before = await rows.make_post(world.bea.me)
    await HomeEntry.objects.acreate(identity=world.ada.me, post=before)
    assert len(await world.ada.get("/api/v1/timelines/home")) == 1
    await world.ada.post(f"/api/v1/lists/{list_id}/accounts", json={"account_ids": [world.bea.id]})
    assert await world.ada.get("/api/v1/timelines/home") == []  # what was there is hidden on reading
    later = await world.post(world.bea)
    await fan_out([later])
    assert not await HomeEntry.objects.filter(identity=world.ada.me.pk, post=later.pk).aexists()
    assert len(await world.ada.get(f"/api/v1/timelines/list/{list_id}")) == 2
    await world.ada.put(f"/api/v1/lists/{list_id}", data={"exclusive": "false"})
    assert len(await world.ada.get("/api/v1/timelines/home")) == 1
