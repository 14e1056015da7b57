"""Trends: computed by the worker, with a week of use, without what nobody wants to see there."""

import datetime as dt

import pytest

from activities.previews.models import PreviewCard
from activities.tags.models import PostTag
from activities.tags.services.hashtags import set_hashtags
from activities.trends.handlers import compute_trends
from activities.trends.models import DailyUse, Trend
from core import clock
from tests.activities import people as rows
from tests.api.support.world import World
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def use_tag(name: str, people: int, **more: object) -> None:
    for number in range(people):
        post = await rows.make_post(await rows.make_remote(f"{name}{number}"), **more)
        await set_hashtags(post.pk, {name: name})


async def test_hashtags_that_more_people_use_than_usual(world: World) -> None:
    assert await world.nobody.get("/api/v1/trends/tags", "[Tag]") == []
    await use_tag("few", 2)
    await use_tag("many", 5)
    await use_tag("alone", 1)
    await compute_trends()
    await compute_trends()
    shown = await world.nobody.get("/api/v1/trends/tags", "[Tag]")
    assert [tag["name"] for tag in shown] == ["many", "few"]
    assert (shown[0]["history"][0]["uses"], shown[0]["history"][0]["accounts"]) == ("5", "5")
    assert len(shown[0]["history"]) == 7
    flags = {"following": False, "featuring": False}
    assert await world.ada.get("/api/v1/trends", "[Tag]") == [tag | flags for tag in shown]
    assert [t["name"] for t in await world.nobody.get("/api/v1/trends/tags?limit=1&offset=1")] == ["few"]
    usual = await PostTag.objects.filter(hashtag__name="many").afirst()
    assert usual is not None
    for back in range(2, 8):
        day = clock.now().date() - dt.timedelta(days=back)
        await DailyUse.objects.acreate(kind="tag", target_id=usual.hashtag_id, day=day, uses=9, people=5)
    await compute_trends()
    shown = await world.nobody.get("/api/v1/trends/tags", "[Tag]")
    assert [tag["name"] for tag in shown] == ["few"]


async def test_posts_that_are_liked(world: World) -> None:
    await Identity.objects.all().aupdate(is_discoverable=True)
    liked = await rows.make_post(world.ada.me, likes_count=3)
    more = await rows.make_post(world.bea.me, boosts_count=9)
    await rows.make_post(world.bea.me, likes_count=4)
    await rows.make_post(world.remote, likes_count=9, is_sensitive=True)
    await rows.make_post(await rows.make_remote("quiet", is_discoverable=False), likes_count=9)
    await compute_trends()
    shown = await world.nobody.get("/api/v1/trends/statuses", "[Status]")
    assert [status["id"] for status in shown] == [str(more.pk), str(liked.pk)]
    await rows.mute(world.ada.me, world.bea.me)
    shown = await world.ada.get("/api/v1/trends/statuses", "[Status]")
    assert [status["id"] for status in shown] == [str(liked.pk)]


async def test_links_that_many_share(world: World) -> None:
    card = await PreviewCard.objects.acreate(url="https://news.test/1", title="News", state="fetched")
    bare = await PreviewCard.objects.acreate(url="https://news.test/2", state="empty")
    for number in range(3):
        author = await rows.make_remote(f"r{number}")
        await rows.make_post(author, card=card)
        await rows.make_post(author, card=bare)
    await compute_trends()
    shown = await world.nobody.get("/api/v1/trends/links", "[Trends::Link]")
    assert [link["url"] for link in shown] == ["https://news.test/1"]
    assert shown[0]["history"][0] == {**shown[0]["history"][0], "uses": "3", "accounts": "3"}


async def test_old_figures_go(world: World) -> None:
    old = clock.now().date() - dt.timedelta(days=9)
    await DailyUse.objects.acreate(kind="tag", target_id=1, day=old, uses=1, people=1)
    await compute_trends()
    assert await DailyUse.objects.acount() == await Trend.objects.acount() == 0
