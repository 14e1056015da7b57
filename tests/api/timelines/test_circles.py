"""Circles by the API: only their owner has them, and only followers without a block are in them."""

from typing import Any

import pytest

from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from users.circles.models import CircleMember
from users.identities.models import ActorType
from users.relations.services import blocking, following

pytestmark = pytest.mark.anyio


async def make_circle(who: Speaker, *members: Any, title: str = "Friends") -> str:
    """A circle of somebody with these identities, who follow them from now on."""
    circle_id: str = (await who.post("/api/v1/circles", data={"title": title}))["id"]
    for member in members:
        await rows.follow(member, who.me)
    if members:
        ids = {"account_ids[]": [str(member.pk) for member in members]}
        await who.post(f"/api/v1/circles/{circle_id}/accounts", "{}", data=ids)
    return circle_id


async def members(who: Speaker, circle_id: str, query: str = "") -> list[str]:
    found = await who.get(f"/api/v1/circles/{circle_id}/accounts{query}", "[Account]")
    return [account["id"] for account in found]


async def test_circles_are_made_renamed_and_deleted_by_their_owner(world: World) -> None:
    circle_id = await make_circle(world.ada)
    path = f"/api/v1/circles/{circle_id}"
    assert await world.ada.get("/api/v1/circles") == [{"id": circle_id, "title": "Friends"}]
    assert (await world.ada.put(path, data={"title": "Family"}))["title"] == "Family"
    assert await world.ada.get(path) == {"id": circle_id, "title": "Family"}
    for method in ("GET", "PUT", "DELETE"):
        await world.bea.refused(method, path, 404, data={"title": "Mine now"})
    for method in ("GET", "POST", "DELETE"):
        await world.bea.refused(method, f"{path}/accounts", 404, data={"account_ids[]": [world.ada.id]})
    assert await world.bea.get("/api/v1/circles") == []
    await world.ada.delete(path, "{}")
    assert await world.ada.get("/api/v1/circles") == []


async def test_titles_and_numbers_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for title in ("", "  ", "x" * 256):
        await world.ada.refused("POST", "/api/v1/circles", 422, data={"title": title})
    circle_id = await make_circle(world.ada, world.bea.me)
    monkeypatch.setattr("users.circles.services.MAX_CIRCLES", 1)
    await world.ada.refused("POST", "/api/v1/circles", 422, data={"title": "Another"})
    monkeypatch.setattr("users.circles.services.MAX_MEMBERS", 1)
    cleo = await world.speaker("cleo")
    await rows.follow(cleo.me, world.ada.me)
    more = {"account_ids[]": [cleo.id]}
    await world.ada.refused("POST", f"/api/v1/circles/{circle_id}/accounts", 422, data=more)
    assert await members(world.ada, circle_id) == [world.bea.id]


async def test_only_followers_are_in_a_circle(world: World) -> None:
    circle_id = await make_circle(world.ada)
    path = f"/api/v1/circles/{circle_id}/accounts"
    bea, cleo = {"account_ids[]": [world.bea.id]}, await world.speaker("cleo")
    await world.ada.refused("POST", path, 404, "Record not found", data=bea)
    await rows.follow(world.ada.me, world.bea.me)
    await world.ada.refused("POST", path, 404, data=bea)  # whom one follows is not one's audience
    await rows.follow(world.bea.me, world.ada.me)
    await rows.follow(cleo.me, world.ada.me, accepted=False)
    both = {"account_ids[]": [world.bea.id, cleo.id]}
    await world.ada.refused("POST", path, 404, data=both)
    assert await members(world.ada, circle_id) == [], "all or none"
    await world.ada.post(path, "{}", data=bea)
    await world.ada.refused("POST", path, 422, data=bea)
    assert await members(world.ada, circle_id) == [world.bea.id]
    assert await world.ada.get(f"/api/v1/accounts/{world.bea.id}/circles") == [
        {"id": circle_id, "title": "Friends"}
    ]
    assert await world.bea.get(f"/api/v1/accounts/{world.bea.id}/circles") == []
    await world.ada.delete(path, "{}", data=bea)
    assert await members(world.ada, circle_id) == []


async def test_who_leaves_or_is_blocked_is_out_of_all_circles(world: World) -> None:
    cleo, dora = await world.speaker("cleo"), await world.speaker("dora")
    circle_id = await make_circle(world.ada, world.bea.me, cleo.me, dora.me)
    assert set(await members(world.ada, circle_id, "?limit=0")) == {world.bea.id, cleo.id, dora.id}
    assert await members(world.ada, circle_id, "?limit=1") == [(await members(world.ada, circle_id))[0]]
    await following.unfollow(source=world.bea.me, target_id=world.ada.me.pk)
    await blocking.block(source=world.ada.me, target_id=cleo.me.pk)
    await blocking.block(source=dora.me, target_id=world.ada.me.pk)
    assert await members(world.ada, circle_id) == []
    assert not await CircleMember.objects.aexists()
    for who in (cleo, dora):  # nor do they come in again while the block stands
        await rows.follow(who.me, world.ada.me)
        await world.ada.refused(
            "POST", f"/api/v1/circles/{circle_id}/accounts", 404, data={"account_ids[]": [who.id]}
        )


async def test_groups_are_in_no_circle(world: World) -> None:
    """They announce to all of their own followers what is sent to them."""
    group = await rows.make_remote("group", actor_type=ActorType.group)
    await rows.follow(group, world.ada.me)
    circle_id = await make_circle(world.ada)
    ids = {"account_ids[]": [str(group.pk)]}
    await world.ada.refused("POST", f"/api/v1/circles/{circle_id}/accounts", 404, data=ids)
