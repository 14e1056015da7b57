"""Notifications in groups, with keys that stay the same."""

import datetime as dt
import re

import pytest

from activities.notifications.models import Notification
from activities.notifications.queries import groups
from core.db import sql
from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.plans import measured, total, vacuum
from users.relations.models import Block

pytestmark = pytest.mark.anyio

NOON = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)


async def tell(
    world: World, kind: str, name: str, post: rows.Post | None = None, at: dt.datetime = NOON
) -> int:
    actor = await rows.make_remote(name)
    row = await Notification.objects.acreate(identity=world.ada.me, kind=kind, actor=actor, post=post)
    await Notification.objects.filter(pk=row.pk).aupdate(created_at=at)
    return row.pk


@pytest.mark.slow
async def test_likes_of_a_post_are_one_group(world: World) -> None:
    post = await rows.make_post(world.ada.me)
    for number in range(10):
        last = await tell(world, "favourite", f"fan{number}", post)
    mention = await tell(
        world, "mention", "mona", await rows.make_post(world.bea.me, mentions=(world.ada.me,))
    )
    found = await world.ada.get("/api/v2/notifications", "GroupedNotificationsResults")
    first, group = found["notification_groups"]
    assert first["group_key"] == f"ungrouped-{mention}"
    assert (group["type"], group["notifications_count"], group["status_id"]) == (
        "favourite",
        10,
        str(post.pk),
    )
    assert group["most_recent_notification_id"] == last
    assert group["page_max_id"] == str(last)
    assert len(group["sample_account_ids"]) == 8
    assert {a["id"] for a in found["accounts"]} >= set(group["sample_account_ids"])
    assert len(found["statuses"]) == 2
    await tell(world, "favourite", "late", post)
    again = await world.ada.get("/api/v2/notifications")
    assert again["notification_groups"][0]["group_key"] == group["group_key"]
    single = await world.ada.get("/api/v1/notifications?limit=1", "[Notification]")
    assert single[0]["group_key"] == group["group_key"]
    later = await tell(world, "favourite", "tomorrow", post, NOON + dt.timedelta(days=1))
    keys = [g["group_key"] for g in (await world.ada.get("/api/v2/notifications"))["notification_groups"]]
    assert len(keys) == len(set(keys)) == 3
    assert later


@pytest.mark.slow
async def test_parameters_of_grouped_notifications_are_checked(world: World) -> None:
    post = await rows.make_post(world.ada.me)
    for number in range(3):
        await tell(world, "favourite", f"fan{number}", post)
        await tell(world, "follow", f"follower{number}")
    path = "/api/v2/notifications"
    for parameters, expected in (
        ({}, ["follow", "favourite"]),
        ({"types[]": ["follow"]}, ["follow"]),
        ({"exclude_types[]": ["follow"]}, ["favourite"]),
        ({"grouped_types[]": ["favourite"]}, ["follow", "favourite", "follow", "follow"]),
        ({"account_id": world.bea.id}, []),
        ({"limit": 1}, ["follow"]),
    ):
        found = await world.ada.get(path, "GroupedNotificationsResults", params=parameters)
        assert [g["type"] for g in found["notification_groups"]] == expected, parameters
    partial = await world.ada.get(
        path, "GroupedNotificationsResults", params={"expand_accounts": "partial_avatars"}
    )
    assert (len(partial["accounts"]), len(partial["partial_accounts"])) == (2, 4)
    await world.ada.refused("GET", f"{path}?expand_accounts=all", 422)
    page = await world.ada.ask("GET", f"{path}?limit=1")
    older = await world.ada.ask("GET", page.links["next"]["url"])
    assert [g["type"] for g in older.json()["notification_groups"]] == ["favourite"]


async def test_one_group_its_people_and_its_end(world: World) -> None:
    post = await rows.make_post(world.ada.me)
    for number in range(3):
        await tell(world, "favourite", f"fan{number}", post)
    other = await tell(world, "follow_request", "fred")
    found = await world.ada.get("/api/v2/notifications")
    key = found["notification_groups"][1]["group_key"]
    path = f"/api/v2/notifications/{key}"
    shown = await world.ada.get(path, "GroupedNotificationsResults")
    assert shown["notification_groups"] == found["notification_groups"][1:]
    people = await world.ada.get(f"{path}/accounts", "[Account]")
    assert [a["username"] for a in people] == ["fan2", "fan1", "fan0"]
    count = await world.ada.get("/api/v2/notifications/unread_count", "UnreadNotificationsCount")
    assert count == {"count": 2}
    await world.bea.refused("GET", path, 404, "Record not found")
    await world.bea.refused("GET", f"{path}/accounts", 404)
    await world.bea.post(f"{path}/dismiss", "{}")  # which does nothing to somebody else's
    await world.ada.post(f"{path}/dismiss", "{}")
    left = (await world.ada.get("/api/v2/notifications"))["notification_groups"]
    assert [g["group_key"] for g in left] == [f"ungrouped-{other}"]
    await world.ada.get(f"/api/v2/notifications/ungrouped-{other}", "GroupedNotificationsResults")
    for wrong in ("nonsense", "favourite-1", f"follow-{'9' * 9}", re.sub(r"\d+$", "x", key)):
        await world.ada.refused("GET", f"/api/v2/notifications/{wrong}", 404, "Record not found")


@pytest.mark.slow
async def test_pages_are_the_same_whichever_rows_are_hidden(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups straddle the borders of pages, and the newest of some are by people who are blocked: each comes once, in order."""
    monkeypatch.setattr(groups, "_SPARE", 0)
    posts = [await rows.make_post(world.ada.me) for _ in range(9)]
    hidden = [await rows.make_remote(f"hidden{number}") for number in range(3)]
    for turn in range(3):
        for number, post in enumerate(posts):
            await tell(world, "favourite", f"fan{turn}{number}", post)
            if number % 3 == 0:
                await Notification.objects.acreate(
                    identity=world.ada.me, kind="favourite", actor=hidden[turn], post=post
                )
    await Notification.objects.aupdate(created_at=NOON)
    for _ in range(5):
        await Notification.objects.acreate(
            identity=world.ada.me, kind="favourite", actor=hidden[0], post=await rows.make_post(world.ada.me)
        )
    for who in hidden[:2]:
        await Block.objects.acreate(source=world.ada.me, target=who)
    await Block.objects.acreate(source=hidden[2], target=world.ada.me)
    path = "/api/v2/notifications"
    whole = (await world.ada.get(path))["notification_groups"]
    assert [int(group["status_id"]) for group in whole] == [post.pk for post in posts[::-1]]
    assert {group["notifications_count"] for group in whole} == {3}
    newest = [group["most_recent_notification_id"] for group in whole]
    for limit in (1, 2, 4):
        down, at = list[int](), 0
        while page := (await world.ada.get(f"{path}?limit={limit}" + (f"&max_id={at}" if at else "")))[
            "notification_groups"
        ]:
            down += [group["most_recent_notification_id"] for group in page]
            at = down[-1]
        assert down == newest, limit
        up, at = list[int](), 1
        while page := (await world.ada.get(f"{path}?limit={limit}&min_id={at}"))["notification_groups"]:
            up += [group["most_recent_notification_id"] for group in page][::-1]
            at = up[-1]
        assert up == newest[::-1], limit


@pytest.mark.slow
async def test_a_page_judges_few_of_many_groups(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    template = await rows.make_post(world.ada.me)
    await sql.run(
        """WITH written AS (INSERT INTO activities_post SELECT made.* FROM activities_post p, generate_series(1, 900) n,
                jsonb_populate_record(p, jsonb_build_object('id', p.id + n, 'uri', p.uri || '/' || n)) made
               WHERE p.id = %(post)s RETURNING id)
           INSERT INTO activities_notification (identity_id, kind, actor_id, post_id, created_at, is_filtered)
           SELECT %(ada)s, 'favourite', %(rob)s, id, now(), false FROM written ORDER BY id""",
        {"ada": world.ada.me.pk, "rob": world.remote.pk, "post": template.pk},
    )
    await vacuum()
    await world.ada.get("/api/v2/notifications")
    async with measured(monkeypatch) as costs:
        found = await world.ada.get("/api/v2/notifications?limit=40")
    assert len(found["notification_groups"]) == 40
    assert total(costs) < 2000
