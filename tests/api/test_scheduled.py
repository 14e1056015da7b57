"""Posts that are to appear later: kept, changed, taken back, and published once whatever is killed."""

import datetime as dt
from typing import Any

import pytest

from activities.handlers.cleaning import remove_unattached_media
from activities.handlers.scheduling import publish_in_time
from activities.models import Attachment, Post, ScheduledPost, Visibility
from core import clock
from stator.outcomes import Kind
from tests.activities import people as rows
from tests.api.support.world import World

pytestmark = pytest.mark.anyio

TOO_SOON = "Validation failed: Scheduled at The scheduled date must be in the future"


def ahead(**amount: float) -> str:
    return (clock.now() + dt.timedelta(**amount)).isoformat()


async def schedule(world: World, **more: Any) -> dict[str, Any]:
    return await world.ada.post(
        "/api/v1/statuses",
        "ScheduledStatus",
        json={"status": "later", "scheduled_at": ahead(hours=1), **more},
    )


async def due() -> ScheduledPost:
    """The one scheduled post, its time come."""
    await ScheduledPost.objects.all().aupdate(scheduled_at=clock.now())
    return await ScheduledPost.objects.aget()


async def upload(world: World) -> Attachment:
    return await Attachment.objects.acreate(
        author=world.ada.me,
        kind="image",
        url="https://testserver/a.png",
        preview_url="https://testserver/b.png",
    )


async def test_a_scheduled_post_can_be_local_only(world: World) -> None:
    assert (await schedule(world))["params"]["local_only"] is False
    await ScheduledPost.objects.all().adelete()
    assert (await schedule(world, local_only=True))["params"]["local_only"] is True
    assert (await publish_in_time(await due())).kind is Kind.TO
    assert (await Post.objects.aget()).visibility == Visibility.local_only


async def test_a_post_is_scheduled_changed_and_taken_back(world: World) -> None:
    file = await upload(world)
    row = await schedule(world, media_ids=[str(file.pk)], visibility="unlisted", spoiler_text="psst")
    assert (row["params"]["text"], row["params"]["visibility"], row["params"]["spoiler_text"]) == (
        "later",
        "unlisted",
        "psst",
    )
    assert row["media_attachments"][0]["id"] == str(file.pk)
    assert await Post.objects.acount() == 0
    path = f"/api/v1/scheduled_statuses/{row['id']}"
    assert await world.ada.get(path, "ScheduledStatus") == row
    assert await world.ada.get("/api/v1/scheduled_statuses", "[ScheduledStatus]") == [row]
    moved = await world.ada.put(path, "ScheduledStatus", data={"scheduled_at": ahead(days=2)})
    assert moved["scheduled_at"] > row["scheduled_at"]
    assert await world.ada.put(path, "ScheduledStatus", data={}) == moved
    await Attachment.objects.all().aupdate(created_at=rows.ago(days=2))
    await remove_unattached_media()
    assert await Attachment.objects.acount() == 1
    assert await world.ada.delete(path, "{}") == {}
    await world.ada.refused("GET", path, 404, "Record not found")
    await remove_unattached_media()
    assert await Attachment.objects.acount() == 0


async def test_a_poll_waits_with_its_time_counted_from_then(world: World) -> None:
    row = await schedule(world, poll={"options": ["a", "b"], "expires_in": 300})
    assert row["params"]["poll"]["expires_in"] == 300
    scheduled = await due()
    assert (await publish_in_time(scheduled)).kind is Kind.TO
    post = await Post.objects.aget()
    assert post.question["options"][0]["title"] == "a"
    assert post.source == "later"


async def test_what_cannot_be_scheduled(world: World) -> None:
    for draft, status, error in (
        ({"scheduled_at": ahead(minutes=4)}, 422, TOO_SOON),
        ({"scheduled_at": ahead(hours=1), "status": ""}, 422, "Validation failed: Text can't be blank"),
        ({"scheduled_at": ahead(hours=1), "in_reply_to_id": "1"}, 404, None),
        ({"scheduled_at": ahead(hours=1), "media_ids": ["1"]}, 422, None),
        ({"scheduled_at": ahead(hours=1), "poll": {"options": ["a"], "expires_in": 300}}, 422, None),
        ({"scheduled_at": "soon"}, 422, "Record invalid"),
    ):
        await world.ada.refused("POST", "/api/v1/statuses", status, error, json={"status": "x", **draft})
    assert await ScheduledPost.objects.acount() == 0


async def test_a_time_in_the_past_means_now(world: World) -> None:
    await world.ada.post("/api/v1/statuses", "Status", json={"status": "x", "scheduled_at": ahead(hours=-1)})


async def test_others_have_no_part_in_it(world: World) -> None:
    path = f"/api/v1/scheduled_statuses/{(await schedule(world))['id']}"
    for method in ("GET", "PUT", "DELETE"):
        await world.bea.refused(method, path, 404, "Record not found")
    assert await world.bea.get("/api/v1/scheduled_statuses") == []
    await world.ada.refused("PUT", path, 422, TOO_SOON, data={"scheduled_at": ahead(minutes=1)})


async def test_no_more_than_25_a_day(world: World) -> None:
    noon = (clock.now() + dt.timedelta(days=2)).replace(hour=12)
    for number in range(25):
        await schedule(world, scheduled_at=(noon + dt.timedelta(minutes=number)).isoformat())
    await world.ada.refused(
        "POST", "/api/v1/statuses", 422, json={"status": "x", "scheduled_at": noon.isoformat()}
    )
    await schedule(world, scheduled_at=(noon + dt.timedelta(days=1)).isoformat())


async def test_pages_and_idempotency(world: World) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"status": "x", "scheduled_at": ahead(hours=1)}
    first = await world.ada.post("/api/v1/statuses", "ScheduledStatus", json=body, headers=headers)
    again = await world.ada.post("/api/v1/statuses", "ScheduledStatus", json=body, headers=headers)
    assert first["id"] == again["id"]
    second = await schedule(world)
    response = await world.ada.ask("GET", "/api/v1/scheduled_statuses?limit=1")
    assert [row["id"] for row in response.json()] == [second["id"]]
    rest = await world.ada.get(
        response.headers["link"].split(">")[0].lstrip("<").replace("https://testserver", "")
    )
    assert [row["id"] for row in rest] == [first["id"]]


async def test_a_worker_that_comes_early_waits(world: World) -> None:
    await schedule(world)
    outcome = await publish_in_time(await ScheduledPost.objects.aget())
    assert (outcome.kind, await Post.objects.acount()) == (Kind.LATER, 0)


async def test_published_once_whoever_dies_when(world: World) -> None:
    """The worker that wrote the post may be killed before it says so: the next one finds it."""
    await schedule(world)
    before = await ScheduledPost.objects.aget()
    for _ in range(3):
        assert (await publish_in_time(await due())).kind is Kind.TO
    assert await Post.objects.acount() == 1
    await world.ada.refused("DELETE", f"/api/v1/scheduled_statuses/{before.pk}", 404)


async def test_what_it_answers_may_be_gone_by_then(world: World) -> None:
    parent = await world.post(world.bea)
    await schedule(world, in_reply_to_id=str(parent.pk))
    await Post.objects.filter(pk=parent.pk).aupdate(deleted_at=clock.now())
    outcome = await publish_in_time(await due())
    assert outcome.kind is Kind.FAILED
    assert outcome.reason
