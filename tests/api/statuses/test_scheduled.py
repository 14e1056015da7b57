"""Posts that are to appear later: kept, changed, taken back, and published once whatever is killed."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from activities.media.handlers import remove_unattached_media
from activities.media.models import Attachment
from activities.posts.models import Post, Visibility
from activities.publishing.services.posting import delete_post
from activities.scheduled_posts.handlers import publish, return_failed_posts
from activities.scheduled_posts.models import ScheduledPost, ScheduledPostGraph
from core import clock
from stator.outcomes import Kind
from stator.workers.worker import Worker
from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.waiting import wait_until
from users.identities.models import Identity, Restriction
from users.logins.models import User

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
    assert (await publish(await due())).kind is Kind.TO
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
    assert (await publish(scheduled)).kind is Kind.TO
    post = await Post.objects.aget()
    assert post.question["options"][0]["title"] == "a"
    assert post.source == "later"


async def test_unschedulable_posts_are_refused(world: World) -> None:
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


@pytest.mark.slow
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


@pytest.mark.parametrize("is_later", [True, False])
async def test_two_requests_at_once_with_one_key_and_a_picture_make_one(world: World, is_later: bool) -> None:
    """The second finds the id taken, or the picture in use, by the first; the client hears of the post all the same."""
    body = {"status": "once", "media_ids": [str((await upload(world)).pk)]}
    if is_later:
        body["scheduled_at"] = ahead(hours=1)
    headers = {"Idempotency-Key": "race"}
    asked = (world.ada.ask("POST", "/api/v1/statuses", json=body, headers=headers) for _ in range(4))
    answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await Post.objects.acount() + await ScheduledPost.objects.acount() == 1


async def test_a_worker_that_comes_early_waits(world: World) -> None:
    await schedule(world)
    outcome = await publish(await ScheduledPost.objects.aget())
    assert (outcome.kind, await Post.objects.acount()) == (Kind.LATER, 0)


async def test_a_post_is_published_once_despite_crashes(world: World) -> None:
    """The worker that wrote the post may be killed before it says so: the next one finds it."""
    await schedule(world)
    before = await ScheduledPost.objects.aget()
    for _ in range(3):
        assert (await publish(await due())).kind is Kind.TO
    assert await Post.objects.acount() == 1
    await world.ada.refused("DELETE", f"/api/v1/scheduled_statuses/{before.pk}", 404)


@pytest.mark.parametrize("how", ["deleted", "hidden"])
async def test_a_reply_without_its_parent_is_a_post_of_its_own(world: World, how: str) -> None:
    """Who sees it was settled with the parent: its end does not open what is written under a followers-only post."""
    await rows.follow(world.ada.me, world.bea.me)
    parent = await world.post(world.bea, visibility=Visibility.followers)
    row = await schedule(world, in_reply_to_id=str(parent.pk))
    assert row["params"]["visibility"] == "private"
    if how == "deleted":
        await delete_post(author=world.bea.me, post_id=parent.pk)
    else:
        await rows.block(world.bea.me, world.ada.me)
    assert (await publish(await due())).kind is Kind.TO
    post = await Post.objects.aget(author=world.ada.me)
    assert (post.source, post.in_reply_to_id, post.visibility) == ("later", None, Visibility.followers)
    assert await world.ada.get("/api/v1/notifications") == []


async def test_files_that_wait_are_kept(world: World) -> None:
    file = await upload(world)
    row = await schedule(world, media_ids=[str(file.pk)])
    for more in ({}, {"scheduled_at": ahead(hours=2)}):
        draft = {"status": "x", "media_ids": [str(file.pk)], **more}
        await world.ada.refused("POST", "/api/v1/statuses", 422, json=draft)
    other = await world.ada.post("/api/v1/statuses", json={"status": "other"})
    await world.ada.refused(
        "PUT", f"/api/v1/statuses/{other['id']}", 422, json={"status": "x", "media_ids": [str(file.pk)]}
    )
    await world.ada.refused("DELETE", f"/api/v1/media/{file.pk}", 422)
    await world.ada.put(f"/api/v1/media/{file.pk}", json={"description": "may be described all the same"})
    assert (await publish(await due())).kind is Kind.TO
    post = await Post.objects.aget(source="later")
    assert [one.pk async for one in Attachment.objects.filter(post=post)] == [file.pk]
    assert row["media_attachments"][0]["id"] == str(file.pk)


async def test_files_are_free_again_when_it_is_taken_back(world: World) -> None:
    file = await upload(world)
    row = await schedule(world, media_ids=[str(file.pk)])
    await world.ada.delete(f"/api/v1/scheduled_statuses/{row['id']}")
    await world.ada.post("/api/v1/statuses", "Status", json={"status": "x", "media_ids": [str(file.pk)]})


async def failing(world: World) -> ScheduledPost:
    """A post that quotes what is gone when its time comes; its author's files are not lost with it."""
    quoted = await world.post(world.bea)
    await schedule(world, quoted_status_id=str(quoted.pk))
    await delete_post(author=world.bea.me, post_id=quoted.pk)
    row = await due()
    outcome = await publish(row)
    assert outcome.kind is Kind.FAILED
    await ScheduledPost.objects.filter(pk=row.pk).aupdate(state="failed", state_due_at=None)
    return row


async def test_failed_scheduled_posts_return_with_the_reason(world: World) -> None:
    row = await failing(world)
    path = f"/api/v1/scheduled_statuses/{row.pk}"
    shown = await world.ada.get(path)
    assert shown["params"]["text"] == "later"
    assert shown["failure_reason"] == "The quoted post was deleted or is hidden from you."
    assert [one["id"] for one in await world.ada.get("/api/v1/scheduled_statuses")] == [str(row.pk)]
    # an extension: apps that do not know the type show its fallback
    [told] = await world.ada.get("/api/v1/notifications")
    assert (told["type"], told["account"]["id"]) == ("scheduled_failed", world.ada.id)
    assert "scheduled" in told["fallback"]["title"]
    [group] = (await world.ada.get("/api/v2/notifications"))["notification_groups"]
    assert group["fallback"] == told["fallback"]
    assert await world.bea.get("/api/v1/notifications") == []
    moved = await world.ada.put(path, "ScheduledStatus", json={"scheduled_at": ahead(hours=3)})
    assert "failure_reason" not in moved
    again = await ScheduledPost.objects.aget()
    assert (again.state, again.post_id) == ("waiting", None)
    assert (await publish(await due())).kind is Kind.FAILED
    assert len(await world.ada.get("/api/v1/notifications")) == 1
    await ScheduledPost.objects.all().aupdate(state="failed", state_due_at=None)
    await world.ada.delete(path)
    assert await world.ada.get("/api/v1/scheduled_statuses") == []


@pytest.mark.parametrize("how", ["suspended", "disabled"])
async def test_scheduled_posts_of_suspended_people_are_kept(world: World, how: str) -> None:
    await schedule(world)
    people, logins = Identity.objects.filter(pk=world.ada.me.pk), User.objects.filter(pk=world.ada_login.pk)
    if how == "suspended":
        await people.aupdate(restriction=Restriction.suspended)
    else:
        await logins.aupdate(is_disabled=True)
    assert (await publish(await due())).kind is Kind.FAILED
    await ScheduledPost.objects.all().aupdate(state="failed", state_due_at=None)
    await people.aupdate(restriction=Restriction.none)
    await logins.aupdate(is_disabled=False)
    [shown] = await world.ada.get("/api/v1/scheduled_statuses")
    assert shown["failure_reason"] == "You weren't allowed to post at the scheduled time."
    assert [told["type"] for told in await world.ada.get("/api/v1/notifications")] == ["scheduled_failed"]
    await world.ada.put(
        f"/api/v1/scheduled_statuses/{shown['id']}", "ScheduledStatus", json={"scheduled_at": ahead(hours=3)}
    )
    assert (await publish(await due())).kind is Kind.TO


@pytest.mark.parametrize("how", ["raises", "killed"])
async def test_scheduled_posts_return_after_repeated_crashes(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A worker that is killed at it, or breaks at it, says nothing itself."""
    await schedule(world)
    row = await due()

    async def breaks(**_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("activities.scheduled_posts.handlers.publish_scheduled", breaks)
    attempts = ScheduledPostGraph.max_attempts - (how == "raises")
    await ScheduledPost.objects.aupdate(state_attempts=attempts, state_due_at=clock.now())
    worker = Worker([ScheduledPost], with_jobs=False, poll_s=0.1, drain_s=1)
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    await wait_until(ScheduledPost.objects.filter(state="failed").aexists)
    stop.set()
    await task
    assert await return_failed_posts() == 1
    assert await return_failed_posts() == 0
    shown = await world.ada.get(f"/api/v1/scheduled_statuses/{row.pk}")
    assert shown["failure_reason"].startswith("Something went wrong")
    assert [told["type"] for told in await world.ada.get("/api/v1/notifications")] == ["scheduled_failed"]


async def test_files_of_what_came_back_are_kept(world: World) -> None:
    await failing(world)
    file = await upload(world)
    row = await ScheduledPost.objects.aget()
    await ScheduledPost.objects.filter(pk=row.pk).aupdate(draft={**row.draft, "attachments": [file.pk]})
    await Attachment.objects.all().aupdate(created_at=rows.ago(days=2))
    await remove_unattached_media()
    assert await Attachment.objects.acount() == 1
    await ScheduledPost.objects.all().adelete()
    await remove_unattached_media()
    assert await Attachment.objects.acount() == 0
