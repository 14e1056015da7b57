"""Figures for staff in apps: measures, dimensions and retention, of the domains where they see figures, read for little."""

import datetime as dt
from typing import Any

import pytest

from activities.measures.handlers import count_interactions, count_people
from activities.tags.services.hashtags import set_hashtags
from activities.trends.handlers import compute_trends, count_activity
from activities.trends.models import DomainDay
from core import clock
from core.db import sql
from tests.activities import people as rows
from tests.api.admin.test_accounts import Staff, staff
from tests.api.support.world import Speaker, World
from tests.support.plans import measured, total
from users.logins.models import User
from users.moderation.models import Report

pytestmark = pytest.mark.anyio

__all__ = ["staff"]

MEASURES, DIMENSIONS, RETENTION = (
    f"/api/v1/admin/{name}" for name in ("measures", "dimensions", "retention")
)
OF_DOMAINS = ["active_users", "new_users", "interactions", "opened_reports", "resolved_reports"]
OF_HOST = ["accounts", "media_attachments", "reports", "statuses", "follows", "followers"]


async def measures(speaker: Speaker, *keys: str, **more: Any) -> dict[str, Any]:
    found = await speaker.post(
        "/api/v1/admin/measures", "[Admin::Measure]", json={"keys": list(keys), **more}
    )
    assert [one["key"] for one in found] == list(keys)
    return {one["key"]: one for one in found}


async def dimensions(speaker: Speaker, *keys: str, **more: Any) -> dict[str, dict[str, str]]:
    found = await speaker.post(
        "/api/v1/admin/dimensions", "[Admin::Dimension]", json={"keys": list(keys), **more}
    )
    assert [one["key"] for one in found] == list(keys)
    return {one["key"]: {entry["key"]: entry["value"] for entry in one["data"]} for one in found}


async def count() -> None:
    with clock.shifted(dt.timedelta(minutes=2)):
        await count_activity()
        for _ in range(2):  # nothing is counted twice
            await count_interactions()
        await count_people()


async def test_figures_of_domains_are_counted_by_day(world: World, staff: Staff) -> None:
    post = await rows.make_post(world.bea.me)
    await rows.make_post(world.remote, in_reply_to=post)
    await rows.make_post(world.ada.me, boost_of=post)
    await rows.make_post(world.bea.me, in_reply_to=post)
    await world.ada.post(f"/api/v1/statuses/{post.pk}/favourite")
    await rows.make_post(staff.zoe, in_reply_to=await rows.make_post(staff.zoe))
    await Report.objects.acreate(source=world.ada.me, target=world.bea.me, resolved_at=clock.now())
    await Report.objects.acreate(source=world.ada.me, target=staff.zoe)
    await User.objects.filter(email__in=["ada@example.org", "zoe@example.org"]).aupdate(
        last_seen_at=clock.now()
    )
    await count()
    of_mod = await measures(staff.mod, *OF_DOMAINS)
    assert [of_mod[key]["total"] for key in OF_DOMAINS] == ["4", "4", "3", "1", "1"]
    assert [of_mod[key]["previous_total"] for key in OF_DOMAINS] == ["0"] * 5
    assert len(of_mod["new_users"]["data"]) == 30
    of_owner = await measures(staff.owner, *OF_DOMAINS)
    assert [of_owner[key]["total"] for key in OF_DOMAINS] == ["5", "5", "3", "2", "1"]
    day = clock.now().date()
    some = await measures(staff.owner, "new_users", start_at=str(day - dt.timedelta(days=1)), end_at=str(day))
    assert [one["value"] for one in some["new_users"]["data"]] == ["0", "5"]
    assert some["new_users"]["data"][0]["date"].startswith(str(day - dt.timedelta(days=1)))
    past = {"start_at": "2020-01-01", "end_at": "2020-02-01"}
    assert (await measures(staff.owner, "interactions", **past))["interactions"]["total"] == "0"


async def test_figures_of_a_hashtag(world: World, staff: Staff) -> None:
    for number in range(3):
        post = await rows.make_post(await rows.make_remote(f"r{number}"), language="de" if number else None)
        await set_hashtags(post.pk, {"cats": "Cats"})
    await rows.make_post(world.bea.me, visibility=2)
    await compute_trends()
    tag_id = (await staff.owner.get("/api/v1/tags/cats"))["id"]
    keys = ["tag_accounts", "tag_uses", "tag_servers"]
    found = await measures(staff.mod, *keys, **{key: {"id": tag_id} for key in keys})
    assert [found[key]["total"] for key in keys] == ["3", "3", "1"]
    assert found["tag_uses"]["data"][-1]["value"] == "3"
    about = {"tag_servers": {"id": tag_id}, "tag_languages": {"id": tag_id}}
    shown = await dimensions(staff.mod, "tag_servers", "tag_languages", **about)
    assert shown == {"tag_servers": {world.remote.host: "3"}, "tag_languages": {"de": "2", "und": "1"}}
    assert await dimensions(staff.mod, "tag_servers") == {"tag_servers": {}}


async def test_figures_of_another_server(world: World, staff: Staff) -> None:
    await rows.make_post(world.remote, language="fr")
    await Report.objects.acreate(source=world.ada.me, target=world.remote)
    await rows.follow(world.ada.me, world.remote)
    keys = [f"instance_{name}" for name in OF_HOST]
    about = {key: {"domain": world.remote.host.upper()} for key in keys}
    found = await measures(staff.owner, *keys, **about)
    assert [found[key]["total"] for key in keys] == ["1", "0", "1", "1", "1", "0"]
    media = found["instance_media_attachments"]
    assert (media["unit"], media["human_value"].replace("\xa0", " ")) == ("bytes", "0 bytes")
    about = {key: {"domain": world.remote.host} for key in ("instance_accounts", "instance_languages")}
    shown = await dimensions(staff.owner, *about, "servers", **about)
    assert shown["instance_languages"] == {"fr": "1"}
    assert list(shown["instance_accounts"]) == ["rob"]
    assert shown["servers"] == {world.remote.host: "1"}


async def test_people_by_language_app_and_day(world: World, staff: Staff) -> None:
    await User.objects.filter(email="ada@example.org").aupdate(language="uk", sign_up_app=77)
    await User.objects.filter(email="zoe@example.org").aupdate(language="ar")
    month_ago = clock.now() - dt.timedelta(days=20)
    await User.objects.filter(email="bea@example.org").aupdate(
        created_at=month_ago, last_seen_at=month_ago + dt.timedelta(days=2)
    )
    await count()
    assert await dimensions(staff.mod, "languages", "sources") == {
        "languages": {"und": "3", "uk": "1"},
        "sources": {"web": "3", "77": "1"},
    }
    assert (await dimensions(staff.owner, "languages"))["languages"] == {"und": "3", "ar": "1", "uk": "1"}
    software = await dimensions(staff.owner, "software_versions", "space_usage")
    assert set(software["software_versions"]) == {"takahe", "postgresql", "python"}
    assert int(software["space_usage"]["postgresql"]) > 1000
    asked = {"start_at": str(month_ago.date()), "end_at": str(clock.now().date()), "frequency": "day"}
    cohorts = await staff.mod.post("/api/v1/admin/retention", json=asked)
    assert len(cohorts) == 21
    assert set(cohorts[0]) == {
        "period",
        "frequency",
        "data",
    }  # the rate is no integer, whatever Mastodon's documentation says
    assert [(one["value"], one["rate"]) for one in cohorts[0]["data"][:4]] == [
        ("1", 1.0),
        ("1", 1.0),
        ("1", 1.0),
        ("0", 0.0),
    ]
    assert [one["value"] for one in cohorts[-1]["data"]] == ["3"]
    months = await staff.mod.post("/api/v1/admin/retention", json={**asked, "frequency": "month"})
    assert sum(int(one["data"][0]["value"]) for one in months) == 4
    assert all(one["period"].endswith("-01T00:00:00.000Z") for one in months)


async def test_what_can_not_be_asked_is_refused(world: World, staff: Staff) -> None:
    for path in (MEASURES, DIMENSIONS):
        await staff.owner.refused("POST", path, 422, json={"keys": ["dances"]})
        backwards = {"keys": [], "start_at": "2026-02-01", "end_at": "2026-01-01"}
        await staff.owner.refused("POST", path, 422, json=backwards)
        assert await staff.owner.post(path, json={}) == []
        await world.ada.refused("POST", path, 403, json={"keys": []})
    ada = Speaker(world.http, await world.token(world.ada.me, "admin:read"), world.ada.me)
    await ada.refused("POST", MEASURES, 403, json={"keys": ["new_users"]})
    await ada.refused("POST", RETENTION, 403, json={"start_at": "2026-01-01", "end_at": "2026-01-02"})
    for key in [f"instance_{name}" for name in OF_HOST]:
        await staff.mod.refused("POST", MEASURES, 403, json={"keys": [key], key: {"domain": "far.test"}})
    for key in ("servers", "space_usage", "software_versions", "instance_accounts", "instance_languages"):
        await staff.mod.refused("POST", DIMENSIONS, 403, json={"keys": [key]})
    await staff.owner.refused("POST", RETENTION, 422, json={"start_at": "x", "end_at": "2026-01-02"})
    huge = {"start_at": "0001-01-01", "end_at": "9999-12-31"}
    assert len((await measures(staff.owner, "new_users", **huge))["new_users"]["data"]) == 61
    for frequency, most in (("day", 31), ("month", 14)):
        cohorts = await staff.owner.post(RETENTION, json={**huge, "frequency": frequency})
        assert 0 < len(cohorts) <= most


@pytest.mark.slow
async def test_figures_are_read_from_few_pages(
    world: World, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a host with 20,000 accounts, and two months of a server."""
    await sql.run(
        """INSERT INTO users_identity SELECT made.* FROM users_identity i, generate_series(1, 20000) n,
               jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'username', 'r' || n, 'uri', i.uri || n)) made WHERE i.id = %s""",
        [world.remote.pk],
    )
    for back in range(61):
        await DomainDay.objects.acreate(
            day=clock.now().date() - dt.timedelta(days=back), domain_id=world.domain.pk, posts=5
        )
    await sql.run("ANALYZE users_identity, activities_domainday")
    keys = [f"instance_{name}" for name in OF_HOST]
    for key in [*keys, *OF_DOMAINS]:
        await measures(staff.owner, key, **{key: {"domain": world.remote.host}})
        async with measured(monkeypatch) as costs:
            await measures(staff.owner, key, **{key: {"domain": world.remote.host}})
        assert total(costs) < 4000, (key, [(cost.buffers, cost.sql[:80]) for cost in costs])
    for key in ("instance_accounts", "instance_languages", "languages", "servers"):
        about = {key: {"domain": world.remote.host}}
        async with measured(monkeypatch) as costs:
            await dimensions(staff.owner, key, **about)
        assert total(costs) < 4000, (key, [(cost.buffers, cost.sql[:80]) for cost in costs])


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("0001-01-01T00:00:00+14:00", "2026-01-01", 422),
        ("2026-01-01", "9999-12-31T23:59:59-14:00", 422),
        ("0001-01-01", "0001-01-02", 200),
        ("9999-12-30", "9999-12-31", 200),
    ],
)
async def test_the_ends_of_the_calendar_are_no_error_of_the_server(
    world: World, staff: Staff, start: str, end: str, status: int
) -> None:
    days = {"start_at": start, "end_at": end}
    for path, keys in (
        (MEASURES, {"keys": ["new_users", "tag_servers"]}),
        (DIMENSIONS, {"keys": ["servers", "tag_languages", "languages"]}),
        (RETENTION, {"frequency": "day"}),
        (RETENTION, {"frequency": "month"}),
    ):
        answer = await staff.owner.ask("POST", path, json={**keys, **days})
        assert answer.status_code == status, (path, answer.text)
    if status == 422:
        await world.ada.refused(
            "POST", "/api/v1/statuses", 422, data={"status": "x", "scheduled_at": "9999-12-31T23:59:59-14:00"}
        )
