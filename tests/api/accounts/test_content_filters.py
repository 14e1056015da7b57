"""Filters and thread mutes hold for polls, scheduled posts, quotes, search and trends."""

import datetime as dt
from typing import Any

import pytest

from activities.scheduled_posts.handlers import publish
from activities.scheduled_posts.models import ScheduledPost
from activities.trends.handlers import compute_trends
from core import clock
from tests.activities import people as rows
from tests.api.statuses.test_polls import ASK, end
from tests.api.support.world import Speaker, World
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def filter_out(speaker: Speaker, word: str) -> None:
    draft = {"title": word, "context": ["home", "public"], "keywords_attributes": [{"keyword": word}]}
    await speaker.post("/api/v2/filters", "Filter", json=draft)


def words_of(status: dict[str, Any]) -> list[str]:
    return [word for result in status["filtered"] for word in result["keyword_matches"]]


async def test_filters_meet_what_was_scheduled_and_asked(world: World) -> None:
    await filter_out(world.ada, "snakes")
    later = (clock.now() + dt.timedelta(hours=1)).isoformat()
    for draft in (
        {"status": "all about snakes"},
        {"status": "which?", "poll": {"options": ["snakes", "cats"], "expires_in": 600}},
        {"status": "of cats"},
    ):
        await world.bea.post("/api/v1/statuses", "ScheduledStatus", json={**draft, "scheduled_at": later})
    await ScheduledPost.objects.all().aupdate(scheduled_at=clock.now())
    async for row in ScheduledPost.objects.all():
        await publish(row)
    shown = await world.ada.get(f"/api/v1/accounts/{world.bea.id}/statuses", "[Status]")
    assert {status["content"]: words_of(status) for status in shown} == {
        "<p>all about snakes</p>": ["snakes"],
        "<p>which?</p>": ["snakes"],
        "<p>of cats</p>": [],
    }


async def test_filters_meet_what_is_quoted_found_and_trending(world: World) -> None:
    await Identity.objects.all().aupdate(is_discoverable=True, is_indexable=True)
    await filter_out(world.ada, "snakes")
    cid = await world.speaker("cid", is_discoverable=True, is_indexable=True)
    post = await rows.make_post(cid.me, content="<p>snakes in words</p>", likes_count=9, quote_policy=1)
    quote = await world.bea.post(
        "/api/v1/statuses", "Status", json={"status": "fine words", "quoted_status_id": str(post.pk)}
    )
    await compute_trends()
    for path in ("/api/v1/trends/statuses", "/api/v2/search?q=words&type=statuses"):
        found = await world.ada.get(path)
        found = found["statuses"] if "search" in path else found
        by_id = {status["id"]: status for status in found}
        assert words_of(by_id[str(post.pk)]) == ["snakes"], path
    seen = by_id[quote["id"]]
    assert words_of(seen) == []
    assert words_of(seen["quote"]["quoted_status"]) == ["snakes"]
    for speaker in (cid, world.bea):
        again = await speaker.get(f"/api/v1/statuses/{quote['id']}", "Status")
        assert words_of(again["quote"]["quoted_status"]) == []


async def test_a_muted_thread_says_so_wherever_it_is_shown(world: World) -> None:
    await Identity.objects.all().aupdate(is_discoverable=True, is_indexable=True)
    post = await rows.make_post(world.ada.me, content="<p>some words</p>", likes_count=9, quote_policy=1)
    quote = await world.ada.post(
        "/api/v1/statuses", "Status", json={"status": "look", "quoted_status_id": str(post.pk)}
    )
    await world.bea.post(f"/api/v1/statuses/{post.pk}/mute", "Status")
    await compute_trends()
    (trending,) = await world.bea.get("/api/v1/trends/statuses", "[Status]")
    (found,) = (await world.bea.get("/api/v2/search?q=words&type=statuses"))["statuses"]
    seen = await world.bea.get(f"/api/v1/statuses/{quote['id']}", "Status")
    inner = seen["quote"]["quoted_status"]
    assert [status["muted"] for status in (trending, found, seen, inner)] == [True, True, False, True]


@pytest.mark.slow
async def test_the_end_of_a_poll_in_a_muted_thread_does_not_notify(world: World) -> None:
    told: dict[bool, list[int]] = {}
    for mutes in (False, True):
        status = await world.ada.post("/api/v1/statuses", "Status", json=ASK)
        await world.bea.post(f"/api/v1/polls/{status['id']}/votes", "Poll", json={"choices": [0]})
        for speaker in (world.ada, world.bea):
            if mutes:
                await speaker.post(f"/api/v1/statuses/{status['id']}/mute", "Status")
        await end(int(status["id"]))
        told[mutes] = []
        for speaker in (world.ada, world.bea):
            found = await speaker.get("/api/v1/notifications", "[Notification]", params={"types[]": "poll"})
            told[mutes].append(sum(one["status"]["id"] == status["id"] for one in found))
    assert told == {False: [1, 1], True: [0, 0]}


async def test_a_quote_in_a_muted_thread_is_no_news(world: World) -> None:
    thread = await world.post(world.bea, "a thread")
    mine = await world.post(world.ada, "of mine")
    await world.ada.post(f"/api/v1/statuses/{thread.pk}/mute", "Status")
    for more in ({"in_reply_to_id": str(thread.pk)}, {}):
        await world.bea.post(
            "/api/v1/statuses", "Status", json={"status": "x", "quoted_status_id": str(mine.pk), **more}
        )
    found = await world.ada.get("/api/v1/notifications", "[Notification]", params={"types[]": "quote"})
    assert [one["status"]["in_reply_to_id"] for one in found] == [None]
