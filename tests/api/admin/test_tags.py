"""Hashtags that staff change in apps: trends, what may be written and found, spelling; of a domain by its staff."""

from typing import Any

import pytest

from activities.tags.handlers import remove_unused_hashtags
from activities.tags.models import Hashtag
from core.db import sql
from tests.api.admin.test_accounts import Staff, staff, staff_member
from tests.api.support.world import Speaker, World
from tests.support.plans import measured, total
from users.audit.models import Act, AuditEntry
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio

__all__ = ["staff"]

PATH = "/api/v1/admin/tags"
KIND = "Admin::Tag"


@pytest.fixture
async def tag(world: World) -> Hashtag:
    return await Hashtag.objects.acreate(name="cats", display_name="cats")


async def found(speaker: Speaker, **more: Any) -> list[str]:
    return [
        one["name"] for one in (await speaker.get("/api/v2/search?q=cat&type=hashtags", **more))["hashtags"]
    ]


async def test_they_are_listed_newest_first(world: World, staff: Staff, tag: Hashtag) -> None:
    dogs = await Hashtag.objects.acreate(name="dogs", display_name="Dogs")
    assert [one["name"] for one in await staff.mod.get(PATH, f"[{KIND}]")] == ["Dogs", "cats"]
    answer = await staff.mod.ask("GET", f"{PATH}?limit=1")
    older = answer.headers["link"].partition("<")[2].partition(">")[0]
    assert [one["name"] for one in await staff.mod.get(older)] == ["cats"]
    shown = await staff.mod.get(f"{PATH}/{dogs.pk}", KIND)
    states = [shown[name] for name in ("trendable", "usable", "listable", "requires_review")]
    assert states == [True, True, True, True]
    await staff.mod.refused("GET", f"{PATH}/77777", 404, "Record not found")


async def test_what_may_not_be_written_is_refused_on_the_domain(
    world: World, staff: Staff, tag: Hashtag
) -> None:
    path = f"{PATH}/{tag.pk}"
    kept = await world.post(world.ada, "No hashtag yet")
    assert not (await staff.mod.put(path, KIND, json={"usable": False}))["usable"]
    for words in ("I like #Cats", "#dogs #cats"):
        answer = await world.ada.refused("POST", "/api/v1/statuses", 422, data={"status": words})
        assert "ats can't be used here" in answer.json()["error"]
    await world.ada.refused("PUT", f"/api/v1/statuses/{kept.pk}", 422, data={"status": "Now #cats"})
    assert not (await world.ada.get(f"/api/v1/statuses/{kept.pk}"))["tags"]
    zoe = Speaker(world.http, await world.token(staff.zoe), staff.zoe)
    await zoe.post("/api/v1/statuses", data={"status": "#cats"}, headers={"host": "other.test"})
    assert (await staff.mod.put(path, KIND, json={"usable": True}))["usable"]
    await world.ada.post("/api/v1/statuses", data={"status": "#cats"})


async def test_what_is_not_listed_is_not_found(world: World, staff: Staff, tag: Hashtag) -> None:
    assert await found(world.ada) == ["cats"]
    await staff.mod.put(f"{PATH}/{tag.pk}", KIND, json={"listable": False, "trendable": False})
    assert await found(world.ada) == []
    assert await found(world.nobody, headers={"host": "other.test"}) == ["cats"]
    shown = await staff.mod.get(f"{PATH}/{tag.pk}", KIND)
    assert (shown["listable"], shown["trendable"], shown["requires_review"]) == (False, False, False)
    entry = await AuditEntry.objects.aget(act=Act.review_trend)
    assert entry.details == {"is_trendable": False, "is_listable": False}
    assert entry.domain_id == world.domain.pk
    await sql.run("UPDATE activities_hashtag SET created_at = now() - interval '2 days'")
    await remove_unused_hashtags()
    assert await Hashtag.objects.filter(pk=tag.pk).aexists(), "what was decided stays"


async def test_the_spelling_is_for_staff_of_the_server(world: World, staff: Staff, tag: Hashtag) -> None:
    path = f"{PATH}/{tag.pk}"
    await staff.mod.refused("PUT", path, 403, json={"display_name": "CATS", "usable": False})
    assert (await staff.mod.get(path))["usable"], "nothing half done"
    await staff.mod.put(path, KIND, json={"display_name": "cats", "usable": True})
    await staff.owner.refused("PUT", path, 422, json={"display_name": "dogs"})
    await staff.owner.refused("PUT", path, 422, json={"display_name": "ca ts"})
    assert (await staff.owner.put(path, KIND, json={"display_name": "#CaTs"}))["name"] == "CaTs"
    assert (await AuditEntry.objects.aget(act=Act.spell_hashtag, refusal="")).target_name == "CaTs"


async def test_who_may_not_is_refused(world: World, staff: Staff, tag: Hashtag) -> None:
    elsewhere = await staff_member(world, "el", MODERATOR, staff.there)
    ada = Speaker(world.http, await world.token(world.ada.me, "admin:read admin:write"), world.ada.me)
    for speaker in (elsewhere, ada):
        await speaker.refused("GET", PATH, 403)
        await speaker.refused("GET", f"{PATH}/{tag.pk}", 403)
        await speaker.refused("PUT", f"{PATH}/{tag.pk}", 403, json={"usable": False})
        await speaker.refused("PUT", f"{PATH}/{tag.pk}", 403, json={"display_name": "CATS"})


@pytest.mark.slow
async def test_a_hundred_are_read_from_few_pages(
    world: World, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sql.run(
        "INSERT INTO activities_hashtag (name, display_name, created_at) SELECT 't' || n, 't' || n, now() FROM generate_series(1, 20000) n"
    )
    await sql.run(
        """INSERT INTO activities_dailyuse (kind, target_id, day, uses, people) SELECT 'tag', h.id, current_date - d, 3, 3
           FROM generate_series(0, 7) d CROSS JOIN activities_hashtag h ORDER BY d DESC, md5(h.name)"""
    )
    await sql.run(
        """INSERT INTO activities_review (kind, target_id, domain_id, is_trendable, is_listable)
           SELECT 'tag', h.id, 0, true, h.id % 2 = 0 FROM activities_hashtag h"""
    )
    await sql.run("ANALYZE activities_hashtag, activities_dailyuse, activities_review")
    for path, count in ((PATH, 100), ("/api/v2/search?q=t1&type=hashtags&limit=20", 1)):
        await staff.mod.get(path)
        async with measured(monkeypatch) as costs:
            answer = await staff.mod.get(path)
        assert len(answer) >= count
        assert total(costs) < 2000, (path, [(cost.buffers, cost.sql[:80]) for cost in costs])
