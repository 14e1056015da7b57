"""Following, asking, blocking, muting, and the lists of each."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.activities import people as rows
from tests.api.support.world import World

pytestmark = pytest.mark.anyio


async def test_follow_and_unfollow(world: World) -> None:
    path = f"/api/v1/accounts/{world.bea.id}"
    relation = await world.ada.post(
        f"{path}/follow", "Relationship", data={"reblogs": "false", "notify": "true"}
    )
    assert (relation["following"], relation["showing_reblogs"], relation["notifying"]) == (True, False, True)
    assert [a["id"] for a in await world.nobody.get(f"{path}/followers", "[Account]")] == [world.ada.id]
    assert [a["id"] for a in await world.nobody.get(f"/api/v1/accounts/{world.ada.id}/following")] == [
        world.bea.id
    ]
    relation = await world.ada.post(f"{path}/unfollow", "Relationship")
    assert relation["following"] is False
    assert await world.nobody.get(f"{path}/followers", "[Account]") == []


async def test_following_oneself_or_a_blocker_is_refused(world: World) -> None:
    await world.ada.refused(
        "POST", f"/api/v1/accounts/{world.ada.id}/follow", 403, "This action is not allowed"
    )
    await world.bea.post(f"/api/v1/accounts/{world.ada.id}/block", "Relationship")
    response = await world.ada.ask("POST", f"/api/v1/accounts/{world.bea.id}/follow")
    assert response.status_code in {403, 404}
    await world.ada.refused("POST", "/api/v1/accounts/1/follow", 404, "Record not found")


async def test_a_follow_request_is_granted_or_refused(world: World) -> None:
    careful = await world.speaker("cleo", approves_followers=True)
    for answer, followed in (("reject", False), ("authorize", True)):
        relation = await world.ada.post(f"/api/v1/accounts/{careful.id}/follow", "Relationship")
        assert (relation["following"], relation["requested"]) == (False, True)
        assert [a["id"] for a in await careful.get("/api/v1/follow_requests", "[Account]")] == [world.ada.id]
        credentials = await careful.get("/api/v1/accounts/verify_credentials")
        assert credentials["source"]["follow_requests_count"] == 1
        relation = await careful.post(f"/api/v1/follow_requests/{world.ada.id}/{answer}", "Relationship")
        assert relation["followed_by"] is followed
        assert await careful.get("/api/v1/follow_requests") == []
    await careful.refused("POST", f"/api/v1/follow_requests/{world.bea.id}/authorize", 404)


async def test_block_mute_and_their_lists(world: World) -> None:
    relation = await world.ada.post(f"/api/v1/accounts/{world.bea.id}/block", "Relationship")
    assert relation["blocking"] is True
    assert [a["id"] for a in await world.ada.get("/api/v1/blocks", "[Account]")] == [world.bea.id]
    relation = await world.ada.post(f"/api/v1/accounts/{world.bea.id}/unblock", "Relationship")
    assert relation["blocking"] is False

    relation = await world.ada.post(
        f"/api/v1/accounts/{world.remote.pk}/mute",
        "Relationship",
        data={"duration": 60, "notifications": "0"},
    )
    assert relation["muting"] is True
    assert relation["muting_notifications"] is False
    assert relation["muting_expires_at"] is not None
    muted = await world.ada.get("/api/v1/mutes", "[MutedAccount]")
    assert muted[0]["mute_expires_at"] == relation["muting_expires_at"]
    relation = await world.ada.post(f"/api/v1/accounts/{world.remote.pk}/unmute", "Relationship")
    assert relation["muting"] is False
    assert await world.ada.get("/api/v1/mutes", "[MutedAccount]") == []


async def test_a_follower_can_be_removed(world: World) -> None:
    await world.bea.post(f"/api/v1/accounts/{world.ada.id}/follow")
    relation = await world.ada.post(f"/api/v1/accounts/{world.bea.id}/remove_from_followers", "Relationship")
    assert relation["followed_by"] is False


async def test_relationships_come_in_the_order_asked(world: World) -> None:
    ids = [str(world.remote.pk), "12345", world.bea.id]
    for parameters in ({"id[]": ids}, {"id": ids[2]}):
        found = await world.ada.get("/api/v1/accounts/relationships", "[Relationship]", params=parameters)
        assert [one["id"] for one in found] == ([ids[0], ids[2]] if len(found) > 1 else [ids[2]])
    assert await world.ada.get("/api/v1/accounts/relationships") == []


async def test_hidden_lists_are_empty_for_others(world: World) -> None:
    shy = await world.speaker("cleo", hides_follows=True)
    await rows.follow(world.ada.me, shy.me)
    path = f"/api/v1/accounts/{shy.id}/followers"
    assert await world.ada.get(path) == []
    assert len(await shy.get(path)) == 1


async def test_followers_are_paged_by_the_follow_and_stable_while_new_ones_arrive(world: World) -> None:
    people = [await rows.make_remote(f"fan{number}") for number in range(5)]
    for person in people:
        await rows.follow(person, world.bea.me)
    path = f"/api/v1/accounts/{world.bea.id}/followers"
    first = await world.nobody.ask("GET", f"{path}?limit=2")
    assert [a["username"] for a in first.json()] == ["fan4", "fan3"]
    await rows.follow(world.ada.me, world.bea.me)
    older = await world.nobody.ask("GET", first.links["next"]["url"])
    assert [a["username"] for a in older.json()] == ["fan2", "fan1"]
    newer = await world.nobody.ask("GET", first.links["prev"]["url"])
    assert [a["username"] for a in newer.json()] == ["ada"]
    assert parse_qs(urlsplit(first.links["next"]["url"]).query)["limit"] == ["2"]


async def test_following_requires_a_user_token(world: World) -> None:
    path = f"/api/v1/accounts/{world.bea.id}/follow"
    await world.nobody.refused("POST", path, 401, "The access token is invalid")
    await world.app.refused("POST", path, 422, "This method requires an authenticated user")
