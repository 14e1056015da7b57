"""The weekly activity of an instance comes from stored statistics."""

import datetime as dt

import httpx
import pytest

from activities.trends import handlers as job
from activities.trends.models import DomainWeek
from activities.trends.queries import monday
from core import clock
from core.db import sql
from core.ids import lowest_id_at
from tests.activities.people import make_domain, make_local, make_post
from tests.api.support.world import World, make_world
from tests.support.plans import measured, total, vacuum
from users.logins.models import User

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_A_WEEK = 400


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    """Two domains on which somebody wrote 400 posts in each of fifteen weeks, at its end."""
    world = await make_world(client)
    other = await make_local("other", await make_domain("other.test"))
    for place, author in enumerate((world.ada.me, other)):
        template = await make_post(author, 2)
        for number in range(15):
            week = monday(clock.now()) - dt.timedelta(weeks=number, minutes=30)
            await sql.run(
                """INSERT INTO activities_post SELECT made.*
                   FROM activities_post p, generate_series(1, %(many)s) n,
                        jsonb_populate_record(p, jsonb_build_object('id', %(first)s + n, 'uri', p.uri || '/' || %(first)s + n, 'created_at', %(at)s::timestamptz)) made
                   WHERE p.id = %(id)s""",
                {
                    "id": template.pk,
                    "first": lowest_id_at(week) + 1000 * place,
                    "at": week,
                    "many": _A_WEEK,
                },
            )
    await vacuum()
    return world


async def test_weeks_are_counted_once_and_read_for_little(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "BATCH_SIZE", 1000)
    await User.objects.filter(pk=world.ada_login.pk).aupdate(last_seen_at=clock.now())
    # not by another clock: near its end the week would be another one, too
    monkeypatch.setattr(job, "_SETTLED_AFTER", dt.timedelta())
    async with measured(monkeypatch) as costs:
        await job.count_activity()
    assert max(cost.most_rows for cost in costs) <= 2000
    async with measured(monkeypatch) as costs:
        await job.count_activity()
    assert total(costs) < 100, "what was counted is not read again"
    for _ in range(2):
        await make_post(world.ada.me)
    async with measured(monkeypatch) as costs:
        weeks = await world.nobody.get("/api/v1/instance/activity", "[InstanceActivity]")
    assert total(costs) < 200, costs
    assert [week["statuses"] for week in weeks] == ["3"] + [str(_A_WEEK)] * 11
    assert [week["registrations"] for week in weeks] == ["2"] + ["0"] * 11
    assert [week["logins"] for week in weeks] == ["1"] + ["0"] * 11
    assert await DomainWeek.objects.acount() == 2 * 14, "what is older than thirteen weeks is removed"
