"""Doors by which a post to a circle could reach people outside it."""

from typing import Any

import pytest

from activities.posts.models import InteractionPolicy, Post, Visibility
from activities.publishing.handlers.cleaning import repair_counts
from tests.activities import people as rows
from tests.api.support.world import World
from tests.api.timelines.test_circle_posts import STATUSES, publish, sees, write
from tests.api.timelines.test_circles import make_circle
from tests.federation.approvals.asking import sent

pytestmark = pytest.mark.anyio
ASKED = InteractionPolicy.public << 4


@pytest.mark.parametrize("local_only", [True, False])
async def test_a_reply_to_others_stays_in_the_circle(world: World, local_only: bool) -> None:
    """Replies to local-only posts become local-only, which the whole domain sees, unless they are for fewer people."""
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me)
    parent = await cleo.post(STATUSES, "Status", json={"status": "here", "local_only": local_only})
    await publish()
    reply = await write(world.ada, circle_id, in_reply_to_id=parent["id"])
    assert (await Post.objects.aget(pk=int(reply["id"]))).visibility == Visibility.limited
    assert [await sees(who, reply["id"]) for who in (world.bea, cleo)] == [True, False]
    assert (await cleo.get(f"{STATUSES}/{parent['id']}/context"))["descendants"] == []
    assert (await cleo.get(f"{STATUSES}/{parent['id']}"))["replies_count"] == 0
    assert await cleo.get("/api/v1/notifications", "[Notification]") == []


async def test_who_approves_replies_here_cannot_read_one_to_a_circle(world: World) -> None:
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me)
    parent = await rows.make_post(cleo.me, reply_policy=ASKED)
    await write(world.ada, circle_id, "for few", in_reply_to_id=str(parent.pk))
    asked = await cleo.ask("GET", "/api/v1/interaction_requests")
    assert asked.status_code == 200
    assert "for few" not in asked.text


@pytest.mark.parametrize("visibility", ["limited", "direct", "private", "public"])
async def test_who_approves_replies_elsewhere_gets_only_what_is_for_them(
    world: World, visibility: str
) -> None:
    zoe = await rows.make_remote("zoe", "zoe.test")
    parent = await rows.make_post(zoe, reply_policy=ASKED)
    draft: dict[str, Any] = {"status": "@bea for few", "in_reply_to_id": str(parent.pk)}
    draft["visibility"] = visibility
    if visibility == "limited":
        draft["circle_id"] = await make_circle(world.ada, world.bea.me)
    await world.ada.post(STATUSES, "Status", json=draft)
    [request] = await sent("ReplyRequest")
    assert ("for few" in str(request)) is (visibility == "public")


@pytest.mark.parametrize(
    "hostile", ["-1", "0", "9" * 30, str(2**63), "abc", "1e5", "null", "٣", True, [1], 1.5]
)
async def test_a_hostile_circle_is_refused(world: World, hostile: object) -> None:
    await make_circle(world.ada, world.bea.me)
    answer = await world.ada.ask("POST", STATUSES, json={"status": "x", "circle_id": hostile})
    assert answer.status_code in {404, 422}, answer.text
    assert not await Post.objects.aexists()


async def test_hashtags_do_not_count_posts_to_circles(world: World) -> None:
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me)
    await world.ada.post("/api/v1/featured_tags", data={"name": "secret"})
    await write(world.ada, circle_id, "for few #secret")
    [featured] = await cleo.get(f"/api/v1/accounts/{world.ada.id}/featured_tags")
    assert (featured["statuses_count"], featured["last_status_at"]) == ("0", None)
    tag = await cleo.get("/api/v1/tags/secret")
    assert {day["uses"] for day in tag["history"]} == {"0"}


@pytest.mark.parametrize("visibility", ["limited", "direct", "private"])
async def test_the_quoted_post_does_not_count_quotes_for_a_few(world: World, visibility: str) -> None:
    """Its readers would learn of them from the number."""
    parent = await world.ada.post(STATUSES, "Status", json={"status": "on quotes"})
    path = f"{STATUSES}/{parent['id']}"
    draft: dict[str, Any] = {"status": "@bea look", "visibility": visibility}
    if visibility == "limited":
        draft["circle_id"] = await make_circle(world.bea, world.ada.me)
    gone = await world.ada.post(STATUSES, json={"status": "x", "quoted_status_id": parent["id"]})
    quoting = await world.bea.post(STATUSES, "Status", json={**draft, "quoted_status_id": parent["id"]})
    assert quoting["quote"]["state"] == "accepted"
    assert (await world.nobody.get(path))["quotes_count"] == 1, "the public one"
    await repair_counts()
    assert (await world.nobody.get(path))["quotes_count"] == 1
    await world.bea.delete(f"{STATUSES}/{quoting['id']}")
    assert (await world.nobody.get(path))["quotes_count"] == 1, "nor is it uncounted"
    await world.ada.delete(f"{STATUSES}/{gone['id']}")
    assert (await world.nobody.get(path))["quotes_count"] == 0


READS = (
    "",
    "/context",
    "/history",
    "/source",
    "/card",
    "/reblogged_by",
    "/favourited_by",
    "/mentioned_by",
    "/quotes",
)
ACTS = ("/favourite", "/bookmark", "/mute", "/translate", "/react/🔥", "/reblog", "/pin")


async def test_an_outsider_finds_every_door_shut(world: World) -> None:
    """A follower who isn't in the circle, follows its hashtag and has the author on a list; and a visitor."""
    cleo = await world.speaker("cleo")
    circle_id = await make_circle(world.ada, world.bea.me)
    await rows.follow(cleo.me, world.ada.me)
    await cleo.post("/api/v1/tags/secret/follow")
    list_id = (await cleo.post("/api/v1/lists", data={"title": "Ada"}))["id"]
    await cleo.post(f"/api/v1/lists/{list_id}/accounts", data={"account_ids[]": [world.ada.id]})
    poll = {"options": ["tea", "coffee"], "expires_in": 600}
    status = await write(world.ada, circle_id, "for few #secret", poll=poll)
    path = f"{STATUSES}/{status['id']}"
    for who in (cleo, world.nobody):
        for method, ends in (("GET", READS), ("POST", ACTS)):
            for end in ends:
                refused = await who.ask(method, path + end)
                assert refused.status_code in {401, 404}, (method, end, refused.text)
    for method, end in (("GET", ""), ("POST", "/votes")):
        await cleo.refused(method, f"/api/v1/polls/{status['poll']['id']}{end}", 404, json={"choices": [0]})
    report = {"account_id": world.ada.id, "status_ids": [status["id"]]}
    await cleo.refused("POST", "/api/v1/reports", 404, json=report)
    await cleo.refused("GET", "/api/oembed", 404, params={"url": status["url"]})
    for place in (
        "/api/v1/timelines/home",
        f"/api/v1/timelines/list/{list_id}",
        "/api/v1/timelines/public",
        "/api/v1/conversations",
        "/api/v1/notifications",
        f"/api/v1/accounts/{world.ada.id}/statuses?tagged=secret",
        f"{STATUSES}?id[]={status['id']}",
        f"/api/v2/search?resolve=true&q={status['url']}",
        "/@ada",
        "/@ada/tagged/secret",
        "/tags/secret.rss",
        "/users/ada/outbox?page=true",
    ):
        shown = await cleo.ask("GET", place)
        assert shown.status_code == 200, place
        assert "for few" not in shown.text, place


async def test_an_edit_adds_only_people_whom_it_mentions(world: World) -> None:
    cleo, dora = await world.speaker("cleo"), await world.speaker("dora")
    circle_id = await make_circle(world.ada, world.bea.me)
    status = await write(world.ada, circle_id, "with @dora")
    await world.ada.put(f"{STATUSES}/{status['id']}", "Status", json={"status": "with @cleo"})
    await publish()
    assert [await sees(who, status["id"]) for who in (world.bea, cleo, dora)] == [True] * 3
    await world.ada.put(f"{STATUSES}/{status['id']}", "Status", json={"status": "alone"})
    assert (await world.bea.get(f"{STATUSES}/{status['id']}"))["mentions"] == []
