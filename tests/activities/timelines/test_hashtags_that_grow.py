"""Costs of a hashtag: they do not depend on how many posts have it or lack it."""

import pytest

from activities.tags import queries as tag_queries
from activities.tags.models import FeaturedTag
from activities.timelines.queries import candidates
from activities.trends.handlers import compute_trends
from core.db import sql
from tests.activities.growth import MANY, cost_of, make_tag, write_many
from tests.activities.people import make_remote
from tests.api.support.world import World
from tests.support.plans import measured, total, vacuum

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_hashtags_with_any_and_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    common, other, rare = [await make_tag(name) for name in ("common", "other", "rare")]
    author = await make_remote("author")
    await write_many(author, 3, tags=(common, other, rare))
    await write_many(author, tags=(common, other))
    await write_many(author, tags=(common,))
    await vacuum()
    for query, found in (
        ("common", 20),
        ("common?any[]=other", 20),
        ("common?any[]=other&any[]=rare", 20),
        ("common?all[]=rare", 3),
        ("common?all[]=other&all[]=rare", 3),
        ("rare?all[]=common", 3),
        ("common?none[]=other", 20),
        ("rare?any[]=nothing", 3),
        ("common?all[]=nothing", 0),
    ):
        assert await cost_of(world, f"/api/v1/timelines/tag/{query}", monkeypatch, found=found) < 1500, query


async def test_hashtags_without_one_that_nearly_all_have(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    common, other, _ = [await make_tag(name) for name in ("common", "other", "free")]
    author = await make_remote("author")
    await write_many(author, tags=(common, other))
    await vacuum()
    path = "/api/v1/timelines/tag/common?none[]="
    cost = await cost_of(world, path + "other", monkeypatch, found=0)
    assert cost < 4 * candidates.CANDIDATES * 4, cost
    assert await cost_of(world, path + "free", monkeypatch, found=20) < 1500


async def test_the_posts_of_an_account_with_a_hashtag(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rare, common = await make_tag("rare"), await make_tag("common")
    author, others = await make_remote("author"), await make_remote("others")
    await write_many(author, 3, tags=(rare, common))
    await write_many(author)
    await write_many(others, tags=(common,))
    await vacuum()
    path = f"/api/v1/accounts/{author.pk}/statuses?tagged="
    assert await cost_of(world, path + "rare", monkeypatch, found=3) < 500
    assert await cost_of(world, path + "nothing", monkeypatch, found=0) < 100
    # both are common: a few rounds, whatever is found
    await cost_of(world, path + "common", monkeypatch, found=0)


async def test_featured_hashtags_of_an_author_with_many_posts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_queries, "LATEST_POSTS", 500)
    tag, other = await make_tag("mine"), await make_tag("other")
    for one in (tag, other):
        await FeaturedTag.objects.acreate(identity=world.ada.me, hashtag=one)
    await write_many(world.ada.me, tags=(tag,))
    await vacuum()
    path = f"/api/v1/accounts/{world.ada.id}/featured_tags"
    assert await cost_of(world, path, monkeypatch, found=2) < 500 * 5


async def test_a_hashtag_that_thousands_used_today(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its use of today is counted among the newest, and beyond these as the worker counted it last."""
    common, rare = await make_tag("common"), await make_tag("rare")
    await write_many(world.ada.me, 3, tags=(rare,))
    await write_many(world.ada.me, tags=(common,))
    await vacuum()

    async def uses(name: str) -> int:
        return int((await world.nobody.get(f"/api/v1/tags/{name}"))["history"][0]["uses"])

    async with measured(monkeypatch) as costs:
        assert (await uses("rare"), await uses("common")) == (3, 400)
    assert total(costs) < 2000, costs
    await compute_trends()
    assert (await uses("rare"), await uses("common")) == (3, MANY)


async def test_the_document_of_a_hashtag_that_thousands_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    common, rare = await make_tag("common"), await make_tag("rare")
    author = await make_remote("author")
    await write_many(author, 90, tags=(rare,))
    await write_many(author, tags=(common,))
    await vacuum()
    headers = {"accept": "application/activity+json"}
    for name, counted in (("rare", 90), ("common", None)):
        async with measured(monkeypatch) as costs:
            document = (await world.http.get(f"/tags/{name}", headers=headers)).json()
        assert document.get("totalItems") == counted
        assert total(costs) < 2000, costs


async def test_hashtags_that_begin_as_many_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await sql.run(
        """INSERT INTO activities_hashtag (name, display_name, created_at)
           SELECT 'summer' || n, 'Summer' || n, now() FROM generate_series(1, 6000) n"""
    )
    await make_tag("summer")
    await vacuum()
    query = {"q": "summer", "type": "hashtags"}
    async with measured(monkeypatch) as costs:
        found = (await world.nobody.get("/api/v2/search", params=query))["hashtags"]
    assert [tag["name"] for tag in found][:3] == ["summer", "Summer1", "Summer10"]
    assert max(cost.most_rows for cost in costs) <= 100, costs
    assert total(costs) < 200
