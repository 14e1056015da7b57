"""Trends that staff review in apps: per domain, for the whole server, by site; nothing is shown unseen where the domain wants that."""

import pytest

from activities.reviews.handlers import forget_reviews
from activities.reviews.models import Publisher, Review
from activities.trends.handlers import compute_trends
from activities.trends.models import DailyUse, Trend
from core import clock
from core.db import sql
from tests.activities import people as rows
from tests.activities.trending import make_trending
from tests.api.admin.test_accounts import Staff, staff, staff_member
from tests.api.support.world import Speaker, World
from tests.support.plans import measured, total
from users.audit.models import Act, AuditEntry
from users.domains import options
from users.domains.models import Level
from users.roles.models import ADMIN, MODERATOR

pytestmark = pytest.mark.anyio

__all__ = ["staff"]

ADMIN_TRENDS, TRENDS = "/api/v1/admin/trends", "/api/v1/trends"
KINDS = {"tags": "Admin::Tag", "links": "Trends::Link", "statuses": "Status"}
OTHER = {"host": "other.test"}


@pytest.fixture
async def trending(world: World) -> dict[str, int]:
    """A hashtag, a page and a post that trend, by the names of their endpoints."""
    return await make_trending(world.bea.me)


async def needs_review(owner: int = 0) -> None:
    level = Level.domain if owner else Level.system
    await options.set_value(options.TRENDS_NEED_REVIEW, True, level=level, owner=owner)


async def shown(world: World, kind: str, **more: object) -> int:
    return len(await world.nobody.get(f"{TRENDS}/{kind}", **more))


@pytest.mark.parametrize("kind", ["tags", "links", "statuses"])
async def test_staff_reject_and_approve(
    world: World, staff: Staff, trending: dict[str, int], kind: str
) -> None:
    path = f"{ADMIN_TRENDS}/{kind}"
    assert await shown(world, kind) == 1, "nothing needs a review"
    [listed] = await staff.owner.get(path, f"[{KINDS[kind]}]")
    assert (listed["id"], listed["requires_review"]) == (str(trending[kind]), True)
    answer = await staff.owner.post(f"{path}/{listed['id']}/reject", KINDS[kind])
    assert (answer["id"], answer["requires_review"]) == (listed["id"], False)
    assert await shown(world, kind) == 0
    assert len(await staff.owner.get(path)) == 1, "staff see what they turned down"
    await needs_review()
    assert await shown(world, kind) == 0
    await staff.owner.post(f"{path}/{listed['id']}/approve", KINDS[kind])
    assert await shown(world, kind) == 1
    entries = [one async for one in AuditEntry.objects.filter(act=Act.review_trend).order_by("id")]
    assert [one.details for one in entries] == [{"is_trendable": False}, {"is_trendable": True}]
    assert all(one.domain_id is None and one.target_name for one in entries)


@pytest.mark.parametrize("kind", ["tags", "links", "statuses"])
async def test_a_domain_decides_for_itself(
    world: World, staff: Staff, trending: dict[str, int], kind: str
) -> None:
    path = f"{ADMIN_TRENDS}/{kind}/{trending[kind]}"
    assert await shown(world, kind, headers=OTHER) == 1
    await needs_review(world.domain.pk)
    assert await shown(world, kind) == 0
    assert await shown(world, kind, headers=OTHER) == 1, "the switch holds on its domain"
    await staff.mod.post(f"{path}/approve")
    assert await shown(world, kind) == 1
    await staff.owner.post(f"{path}/reject")
    assert await shown(world, kind) == 0, "what the server decides replaces what was decided before"
    assert await shown(world, kind, headers=OTHER) == 0
    await staff.mod.post(f"{path}/approve")
    assert await shown(world, kind) == 1, "and the domain may think otherwise after it"
    assert await shown(world, kind, headers=OTHER) == 0


async def test_a_site_is_decided_about_once(world: World, staff: Staff, trending: dict[str, int]) -> None:
    path = f"{ADMIN_TRENDS}/links/publishers"
    [site] = await staff.mod.get(path, "[PreviewCardProvider]")
    assert (site["domain"], site["trendable"], site["requires_review"]) == ("news.test", None, True)
    rejected = await staff.mod.post(f"{path}/{site['id']}/reject", "PreviewCardProvider")
    assert (rejected["trendable"], rejected["requires_review"]) == (False, False)
    assert await shown(world, "links") == 0
    await world.nobody.refused("GET", "/api/v1/timelines/link?url=https://news.test/1", 404)
    await staff.mod.post(f"{ADMIN_TRENDS}/links/{trending['links']}/approve")
    assert await shown(world, "links") == 1, "the page itself counts before its site"
    await world.nobody.get("/api/v1/timelines/link?url=https://news.test/1")
    assert (await staff.mod.post(f"{path}/{site['id']}/approve"))["trendable"] is True
    await staff.mod.refused("POST", f"{path}/999/approve", 404)
    await compute_trends()
    assert await Publisher.objects.acount() == 1


async def test_who_may_not_is_refused(world: World, staff: Staff, trending: dict[str, int]) -> None:
    elsewhere = await staff_member(world, "el", MODERATOR, staff.there)
    ada = Speaker(world.http, await world.token(world.ada.me, "admin:read admin:write"), world.ada.me)
    reader = Speaker(world.http, await world.token(staff.mod.me, "admin:read"))
    for path, target in ((f"{ADMIN_TRENDS}/{kind}", trending[kind]) for kind in KINDS):
        for speaker in (ada, elsewhere):
            await speaker.refused("GET", path, 403)
            await speaker.refused("POST", f"{path}/{target}/approve", 403)
            await speaker.refused("POST", f"{path}/{target}/reject", 403)
        await reader.get(path)
        await reader.refused("POST", f"{path}/{target}/reject", 403)
        await staff.mod.refused("POST", f"{path}/123456/approve", 404, "Record not found")
    assert await Review.objects.acount() == 0
    hidden = await rows.make_post(staff.zoe, visibility=3)
    await staff.mod.refused("POST", f"{ADMIN_TRENDS}/statuses/{hidden.pk}/approve", 404)


async def test_decisions_on_what_is_gone_are_forgotten(
    world: World, staff: Staff, trending: dict[str, int]
) -> None:
    await Review.objects.acreate(kind="post", target_id=5, domain_id=0, is_trendable=True)
    await staff.owner.post(f"{ADMIN_TRENDS}/tags/{trending['tags']}/reject")
    await forget_reviews()
    assert [one.target_id async for one in Review.objects.all()] == [trending["tags"]]


async def test_pages_of_the_site_show_what_is_approved(
    world: World, staff: Staff, trending: dict[str, int]
) -> None:
    assert "#Cats" in (await world.http.get("/explore/hashtags")).text
    assert "link-card" in (await world.http.get("/explore/news")).text
    await needs_review()
    assert "#Cats" not in (await world.http.get("/explore/hashtags")).text
    assert "link-card" not in (await world.http.get("/explore/news")).text


@pytest.mark.slow
async def test_a_hundred_hashtags_are_read_from_few_pages(
    world: World, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among 20,000 hashtags with a week of uses each, and decisions on all of them."""
    today = clock.now().date()
    await sql.run(
        "INSERT INTO activities_hashtag (name, display_name, created_at) SELECT 't' || n, 't' || n, now() FROM generate_series(1, 20000) n"
    )
    await sql.run(
        """INSERT INTO activities_dailyuse (kind, target_id, day, uses, people) SELECT 'tag', h.id, %s::date - d, 3, 3
           FROM generate_series(0, 7) d CROSS JOIN activities_hashtag h ORDER BY d DESC, md5(h.name)""",
        [today],
    )
    await sql.run(
        """INSERT INTO activities_trend (kind, place, target_id, score) SELECT 'tag', row_number() OVER (ORDER BY md5(name)), id, 1
           FROM activities_hashtag ORDER BY md5(name) LIMIT 100"""
    )
    await sql.run(
        """INSERT INTO activities_review (kind, target_id, domain_id, is_trendable)
           SELECT 'tag', h.id, d, true FROM activities_hashtag h CROSS JOIN (VALUES (0), (%s)) v (d)""",
        [world.domain.pk],
    )
    await sql.run("ANALYZE activities_hashtag, activities_dailyuse, activities_trend, activities_review")
    await needs_review()
    assert await DailyUse.objects.acount() == 160_000
    assert await Trend.objects.acount() == 100
    admin = await staff_member(world, "al", ADMIN, world.domain)
    for path in (f"{ADMIN_TRENDS}/tags?limit=100",):
        await admin.get(path)
        async with measured(monkeypatch) as costs:
            found = await admin.get(path)
        assert len(found) == 100
        assert total(costs) < 2000, (path, [(cost.buffers, cost.sql[:80]) for cost in costs])
    async with measured(monkeypatch) as costs:
        assert len(await world.nobody.get(f"{TRENDS}/tags?limit=20")) == 20
    assert total(costs) < 1000
