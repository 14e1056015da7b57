"""Notes, endorsements, familiar followers, suggestions, the directory, and hosts that somebody blocks."""

import pytest

from activities.notifications.models import Notification
from activities.publishing.handlers.fan_out import fan_out
from activities.timelines.models import HomeEntry
from tests.activities import people as rows
from tests.api.support.world import World
from users.identities.models import Identity
from users.relations.models import Follow, Mute

pytestmark = pytest.mark.anyio


def ids(found: list[dict]) -> list[str]:
    return [one["id"] for one in found]


async def test_a_note_is_its_writers_alone(world: World) -> None:
    path = f"/api/v1/accounts/{world.bea.id}/note"
    relation = await world.ada.post(path, "Relationship", data={"comment": "met at the fair"})
    assert relation["note"] == "met at the fair"
    theirs = await world.bea.get(f"/api/v1/accounts/relationships?id={world.ada.id}", "[Relationship]")
    assert theirs[0]["note"] == ""
    assert (await world.ada.post(path, "Relationship", data={"comment": ""}))["note"] == ""
    await world.ada.refused("POST", path, 422, data={"comment": "x" * 3000})
    await world.ada.refused("POST", "/api/v1/accounts/1/note", 404, "Record not found")


@pytest.mark.parametrize(("on", "off"), [("endorse", "unendorse"), ("pin", "unpin")])
async def test_endorsements_are_of_people_one_follows(world: World, on: str, off: str) -> None:
    path = f"/api/v1/accounts/{world.bea.id}"
    sentence = "Validation failed: You must be already following the person you want to endorse"
    await world.ada.refused("POST", f"{path}/{on}", 422, sentence)
    await world.ada.post(f"{path}/follow")
    for _ in range(2):
        assert (await world.ada.post(f"{path}/{on}", "Relationship"))["endorsed"] is True
    assert ids(await world.ada.get("/api/v1/endorsements", "[Account]")) == [world.bea.id]
    public = f"/api/v1/accounts/{world.ada.id}/endorsements"
    assert ids(await world.nobody.get(public, "[Account]")) == [world.bea.id]
    assert (await world.ada.post(f"{path}/{off}", "Relationship"))["endorsed"] is False
    await world.ada.post(f"{path}/{on}")
    await world.ada.post(f"{path}/unfollow")
    assert await world.nobody.get(public) == []
    await world.ada.refused("POST", f"/api/v1/accounts/1/{on}", 404)


async def test_familiar_followers(world: World) -> None:
    known, shy = await world.speaker("cleo"), await world.speaker("dora", hides_follows=True)
    for friend in (known, shy):
        await rows.follow(world.ada.me, friend.me)
        await rows.follow(friend.me, world.bea.me)
    found = await world.ada.get(
        "/api/v1/accounts/familiar_followers",
        "[FamiliarFollowers]",
        params={"id[]": [world.bea.id, "12345", known.id]},
    )
    assert [(one["id"], ids(one["accounts"])) for one in found] == [
        (world.bea.id, [known.id]),
        (known.id, []),
    ]


async def test_suggestions_until_they_are_dismissed(world: World) -> None:
    friend = await world.speaker("cleo")
    star = await world.speaker("dora")
    shy = await world.speaker("emil", is_discoverable=False)
    await rows.follow(world.ada.me, friend.me)
    await rows.follow(friend.me, world.bea.me)
    await rows.follow(friend.me, shy.me)
    await Identity.objects.filter(pk__in=[star.me.pk, shy.me.pk, friend.me.pk]).aupdate(followers_count=5)
    found = await world.ada.get("/api/v2/suggestions", "[Suggestion]")
    assert [(one["account"]["id"], one["sources"]) for one in found] == [
        (world.bea.id, ["friends_of_friends"]),
        (star.id, ["most_followed"]),
    ]
    await world.ada.delete(f"/api/v1/suggestions/{world.bea.id}", "{}")
    assert ids(await world.ada.get("/api/v1/suggestions", "[Account]")) == [star.id]
    await world.ada.post(f"/api/v1/accounts/{star.id}/mute")
    assert await world.ada.get("/api/v2/suggestions") == []
    await Mute.objects.filter(source=world.ada.me.pk).aupdate(expires_at=rows.ago(minutes=1))
    assert ids(await world.ada.get("/api/v1/suggestions", "[Account]")) == [star.id]
    await world.ada.post(f"/api/v1/accounts/{star.id}/block")
    assert await world.ada.get("/api/v2/suggestions") == []
    await world.ada.refused("DELETE", "/api/v1/suggestions/1", 404, "Record not found")


async def test_the_directory(world: World) -> None:
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(last_post_at=rows.ago(days=1))
    shy = await world.speaker("cleo", is_discoverable=False)
    found = ids(await world.nobody.get("/api/v1/directory", "[Account]"))
    assert found[0] == world.bea.id
    assert set(found) == {world.ada.id, world.bea.id, str(world.remote.pk)}
    assert shy.id not in found
    local = await world.nobody.get("/api/v1/directory?local=true&order=new&limit=1", "[Account]")
    assert ids(local) == [world.bea.id]
    local = await world.nobody.get("/api/v1/directory?local=true&order=new&offset=1")
    assert ids(local) == [world.ada.id]
    await rows.block(world.ada.me, world.bea.me)
    assert ids(await world.ada.get("/api/v1/directory?local=1")) == []
    await world.nobody.refused("GET", "/api/v1/directory?order=best", 422)


async def test_a_blocked_host_is_seen_and_heard_no_more(world: World) -> None:
    remote, post = world.remote, await rows.make_post(world.remote)
    await rows.follow(world.ada.me, remote)
    await rows.follow(remote, world.ada.me)
    await HomeEntry.objects.acreate(identity=world.ada.me, post=post)
    await Notification.objects.acreate(identity=world.ada.me, kind="mention", actor=remote, post=post)
    boost = await rows.make_post(world.bea.me, boost_of=post)
    await HomeEntry.objects.acreate(identity=world.ada.me, post=boost)
    assert len(await world.ada.get("/api/v1/timelines/home")) == 2
    await world.ada.post("/api/v1/domain_blocks", "{}", data={"domain": "FAR.test"})
    assert await world.ada.get("/api/v1/domain_blocks", "[string]") == ["far.test"]
    for path in ("timelines/home", "timelines/public", "notifications"):
        assert await world.ada.get(f"/api/v1/{path}") == [], path
    relation = (await world.ada.get(f"/api/v1/accounts/relationships?id={remote.pk}", "[Relationship]"))[0]
    assert (relation["domain_blocking"], relation["followed_by"], relation["following"]) == (
        True,
        False,
        True,
    )
    again = await rows.make_post(remote, mentions=(world.ada.me,))
    await fan_out([again])
    assert not await HomeEntry.objects.filter(post=again.pk).aexists()
    assert not await Notification.objects.filter(post=again.pk).aexists()
    assert await Follow.objects.acount() == 1
    other = await rows.make_remote("otto")
    await world.ada.refused("POST", f"/api/v1/accounts/{other.pk}/follow", 403, "This action is not allowed")
    await world.ada.delete("/api/v1/domain_blocks?domain=far.test", "{}")
    assert len(await world.ada.get("/api/v1/timelines/home")) == 2
    assert await world.ada.get("/api/v1/domain_blocks") == []


async def test_invalid_host_names_are_refused(world: World) -> None:
    for method in ("POST", "DELETE"):
        await world.ada.refused(
            method, "/api/v1/domain_blocks", 422, "Validation failed: Domain can't be blank"
        )
        for wrong in ("no host", "https://far.test/", "a@b.c", "x" * 300):
            await world.ada.refused(
                method,
                "/api/v1/domain_blocks",
                422,
                "Validation failed: Domain is not a valid domain name",
                params={"domain": wrong},
            )
    await world.ada.refused("POST", "/api/v1/domain_blocks", 422, data={"domain": world.domain.name})
