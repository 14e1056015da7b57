"""Posts to a circle by the API: who gets them, and what nobody can do with them."""

from typing import Any

import pytest

from activities.notifications.models import Notification
from activities.posts.models import Post, Visibility
from activities.publishing.handlers.fan_out import fan_out, publish_deletion, publish_edit
from activities.timelines.models import HomeEntry
from activities.timelines.services import fill_home
from tests.activities import people as rows
from tests.activities.asking import get, signed_get
from tests.api.support.world import Speaker, World
from tests.api.timelines.test_circles import make_circle
from users.relations.services import blocking

pytestmark = pytest.mark.anyio
STATUSES = "/api/v1/statuses"


async def publish() -> None:
    """What the worker does with new and edited posts."""
    for state, handler in (("new", fan_out), ("edited", publish_edit), ("deleted", publish_deletion)):
        found = [one async for one in Post.objects.filter(state=state)]
        if found:
            await handler(found)
    await Post.objects.filter(state__in=("new", "edited")).aupdate(state="fanned_out", state_due_at=None)


async def write(who: Speaker, circle_id: str, text: str = "for few", **more: Any) -> dict[str, Any]:
    status = await who.post(STATUSES, "Status", json={"status": text, "circle_id": circle_id, **more})
    await publish()
    return dict(status)


async def sees(who: Speaker, post_id: str) -> bool:
    return (await who.ask("GET", f"{STATUSES}/{post_id}")).status_code == 200


async def has_at_home(who: Speaker, post_id: str) -> bool:
    return post_id in [one["id"] for one in await who.get("/api/v1/timelines/home", "[Status]")]


async def test_a_circle_gets_a_post_and_nobody_else(world: World) -> None:
    cleo, dora = await world.speaker("cleo"), await world.speaker("dora")
    circle_id = await make_circle(world.ada, world.bea.me)
    await rows.follow(cleo.me, world.ada.me)
    status = await write(world.ada, circle_id, "for few #secret")
    assert (status["visibility"], status["visibility_ex"], status["circle_id"]) == (
        "private",
        "limited",
        circle_id,
    )
    for who, expected in ((world.ada, True), (world.bea, True), (cleo, False), (dora, False)):
        assert await sees(who, status["id"]) is expected
        assert await has_at_home(who, status["id"]) is expected
        found = await who.get("/api/v2/search", params={"q": "few", "type": "statuses"})
        assert bool(found["statuses"]) is expected
        profile = await who.get(f"/api/v1/accounts/{world.ada.id}/statuses", "[Status]")
        assert bool(profile) is expected
        assert await who.get("/api/v1/timelines/tag/secret", "[Status]") == []
    assert (await world.nobody.ask("GET", f"{STATUSES}/{status['id']}")).status_code == 404
    seen = await world.bea.get(f"{STATUSES}/{status['id']}", "Status")
    assert seen["visibility_ex"] == "limited"
    assert "circle_id" not in seen, "a member doesn't learn which circle it is"
    assert seen["mentions"] == []
    assert not await Notification.objects.filter(identity=world.bea.me).aexists()
    assert seen["account"]["statuses_count"] == 0, "others would learn of it"
    path = f"{STATUSES}/{status['id']}/mentioned_by"
    assert [one["id"] for one in await world.ada.get(path, "[Account]")] == [world.bea.id]
    for who in (world.bea, cleo):
        await who.refused("GET", path, 404)


async def test_who_is_mentioned_gets_it_too_and_is_notified(world: World) -> None:
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me)
    await rows.follow(cleo.me, world.ada.me)
    status = await write(world.ada, circle_id, "look @bea, and @cleo")
    for who in (world.bea, cleo):
        notices = await who.get("/api/v1/notifications", "[Notification]")
        assert [one["status"]["id"] for one in notices] == [status["id"]]
        assert await has_at_home(who, status["id"])


async def test_the_audience_is_that_of_the_time_of_writing(world: World) -> None:
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me)
    before = await write(world.ada, circle_id)
    path = f"/api/v1/circles/{circle_id}/accounts"
    await world.ada.delete(path, data={"account_ids[]": [world.bea.id]})
    await rows.follow(cleo.me, world.ada.me)
    await world.ada.post(path, data={"account_ids[]": [cleo.id]})
    after = await write(world.ada, circle_id)
    await world.ada.put(f"{STATUSES}/{before['id']}", "Status", json={"status": "for few, edited"})
    await publish()
    assert [await sees(world.bea, one["id"]) for one in (before, after)] == [True, False]
    assert [await sees(cleo, one["id"]) for one in (before, after)] == [False, True]
    await world.ada.delete(f"/api/v1/circles/{circle_id}")
    assert await sees(world.bea, before["id"])
    assert "circle_id" not in await world.ada.get(f"{STATUSES}/{before['id']}")


async def test_a_block_in_between_ends_it(world: World) -> None:
    circle_id = await make_circle(world.ada, world.bea.me)
    status = await write(world.ada, circle_id)
    await blocking.block(source=world.ada.me, target_id=world.bea.me.pk)
    assert not await sees(world.bea, status["id"])
    await world.ada.refused("POST", STATUSES, 422, json={"status": "x", "circle_id": circle_id})


async def test_nobody_passes_it_on(world: World) -> None:
    circle_id = await make_circle(world.ada, world.bea.me)
    status = await write(world.ada, circle_id)
    cleo = await world.speaker("cleo")
    for who, code in ((world.bea, 403), (world.ada, 403), (cleo, 404)):
        await who.refused("POST", f"{STATUSES}/{status['id']}/reblog", code)
        draft = {"status": "look", "quoted_status_id": status["id"]}
        await who.refused("POST", STATUSES, 404, json=draft)
    await world.ada.refused("POST", f"{STATUSES}/{status['id']}/pin", 422)
    assert not await Post.objects.exclude(boost_of=None).aexists()


async def test_a_circle_of_somebody_else_is_unknown(world: World) -> None:
    circle_id = await make_circle(world.ada, world.bea.me)
    empty = await make_circle(world.bea, title="empty")
    await world.bea.refused("POST", STATUSES, 404, json={"status": "x", "circle_id": circle_id})
    for draft in (
        {"circle_id": empty},
        {"visibility": "limited"},
        {"visibility": "circle"},
        {"circle_id": circle_id, "visibility": "public"},
        {"circle_id": circle_id, "local_only": True},
    ):
        await world.bea.refused("POST", STATUSES, 422, json={"status": "x", **draft})
    assert not await Post.objects.aexists()


async def test_members_answer_the_author_alone(world: World) -> None:
    """Apps copy `private` into a reply. It would tell the member's followers of the circle."""
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me, cleo.me)
    await rows.follow(cleo.me, world.bea.me)
    status = await write(world.ada, circle_id)
    for wanted in ("public", "private", None):
        draft = {"status": "thanks", "in_reply_to_id": status["id"]}
        reply = await world.bea.post(
            STATUSES, "Status", json={**draft, "visibility": wanted} if wanted else draft
        )
        await publish()
        assert reply["visibility"] == "direct"
        assert [one["id"] for one in reply["mentions"]] == [world.ada.id]
        assert [await sees(who, reply["id"]) for who in (world.ada, cleo)] == [True, False]
    assert await Notification.objects.filter(identity=world.ada.me, kind="mention").acount() == 3
    context = await cleo.get(f"{STATUSES}/{status['id']}/context")
    assert context["descendants"] == []


async def test_the_author_goes_on_in_the_same_circle(world: World) -> None:
    cleo, dora = await world.speaker("cleo"), await world.speaker("dora")
    circle_id = await make_circle(world.ada, world.bea.me, cleo.me)
    first = await write(world.ada, circle_id)
    path = f"/api/v1/circles/{circle_id}/accounts"
    await world.ada.delete(path, data={"account_ids[]": [cleo.id]})
    await rows.follow(dora.me, world.ada.me)
    await world.ada.post(path, data={"account_ids[]": [dora.id]})
    for wanted in ({}, {"visibility": "private"}, {"visibility": "public"}):
        draft = {"status": "more", "in_reply_to_id": first["id"], **wanted}
        second = await world.ada.post(STATUSES, "Status", json=draft)
        assert second["circle_id"] == circle_id
        assert [await sees(who, second["id"]) for who in (world.bea, cleo, dora)] == [True, False, False]


async def test_members_don_t_learn_of_each_other_by_likes_and_reactions(world: World) -> None:
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me, cleo.me)
    status = await write(world.ada, circle_id)
    for who in (world.bea, cleo):
        await who.post(f"{STATUSES}/{status['id']}/favourite", "Status")
    path = f"{STATUSES}/{status['id']}/favourited_by"
    assert [one["id"] for one in await world.ada.get(path)] == [cleo.id, world.bea.id]
    assert [one["id"] for one in await world.bea.get(path)] == [world.bea.id]
    for who in (world.bea, cleo):
        await who.post(f"{STATUSES}/{status['id']}/react/🔥", "Status")
    path = f"/api/v1/pleroma/statuses/{status['id']}/reactions"
    seen = {who: (await who.get(path))[0]["accounts"] for who in (world.ada, world.bea)}
    assert {one["id"] for one in seen[world.ada]} == {world.bea.id, cleo.id}
    assert [one["id"] for one in seen[world.bea]] == [world.bea.id]


async def test_a_scheduled_post_goes_to_the_circle_of_then(world: World) -> None:
    circle_id = await make_circle(world.ada, world.bea.me)
    draft = {"status": "later", "circle_id": circle_id, "scheduled_at": "2028-01-01T00:00:00Z"}
    await world.bea.refused("POST", STATUSES, 404, json=draft)
    far = await world.ada.ask("POST", STATUSES, json=draft)
    assert (far.status_code, far.json()["params"]["circle_id"]) == (200, circle_id), far.text
    assert far.json()["params"]["visibility"] == "private"


async def test_an_old_post_to_a_circle_does_not_come_with_a_follow(world: World) -> None:
    circle_id = await make_circle(world.ada, world.bea.me)
    status = await write(world.ada, circle_id)
    cleo = await world.speaker("cleo")
    await cleo.post(f"/api/v1/accounts/{world.ada.id}/follow")
    await fill_home(identity_id=cleo.me.pk, author_id=world.ada.me.pk)
    assert not await HomeEntry.objects.filter(identity=cleo.me, post=int(status["id"])).aexists()


async def test_other_servers_learn_of_their_own_members_only(world: World) -> None:
    """In the document that is fetched, too: who signs sees those on their own server."""
    near = [await rows.make_remote(name, "one.test") for name in ("amy", "bob")]
    far, outside = await rows.make_remote("cat", "two.test"), await rows.make_remote("dan", "one.test")
    circle_id = await make_circle(world.ada, *near, far)
    await rows.follow(outside, world.ada.me)
    uri = (await write(world.ada, circle_id))["uri"]
    for path in ("", "/activity", "/replies", "/likes"):
        assert (await signed_get(world.http, uri + path, outside)).status_code == 404
        assert (await get(world.http, uri + path)).status_code == 404
    for signer, addressed in ((near[0], near), (far, [far])):
        note = (await signed_get(world.http, uri, signer)).json()
        assert sorted(note["to"]) == [one.uri for one in addressed]
        assert (note["cc"], note["tag"]) == ([], [])
        assert not any(one.uri in str(note) for one in {*near, far} - set(addressed))
    assert (await Post.objects.aget(uri=uri)).visibility == Visibility.limited
