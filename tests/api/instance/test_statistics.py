"""Statistics of a domain for apps and other servers cost the same however large it is."""

import pytest

from api.services import statistics
from core import clock
from core.db import sql
from tests.api.support.world import World
from tests.support.plans import measured, total, vacuum
from tests.users.support import give_role
from users.identities.models import Identity
from users.logins.models import User
from users.roles.models import OWNER
from users.statistics import nodeinfo
from users.statistics import queries as domain_stats
from users.statistics.handlers import count_domain_stats
from users.statistics.models import DomainStats

pytestmark = pytest.mark.anyio


def forget() -> None:
    statistics.clear_cache()
    nodeinfo._kept().clear()


async def told(world: World) -> list[object]:
    forget()
    instance = await world.nobody.get("/api/v1/instance")
    active = (await world.nobody.get("/api/v2/instance", "Instance"))["usage"]["users"]["active_month"]
    usage = (await world.http.get("/nodeinfo/2.1")).json()["usage"]
    return [*instance["stats"].values(), active, usage["users"], usage["localPosts"]]


async def test_the_job_keeps_what_would_be_counted(world: World) -> None:
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(posts_count=7, last_post_at=clock.now())
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(deleted_at=clock.now(), posts_count=3)
    await User.objects.filter(pk=world.ada_login.pk).aupdate(last_seen_at=clock.now())
    await give_role(world.ada_login, OWNER)
    counted = await told(world)
    assert 7 in counted
    await count_domain_stats()
    kept = await DomainStats.objects.aget(domain=world.domain)
    assert (kept.posts, kept.active_month, kept.logins_month >= 1) == (7, 1, True)
    assert await told(world) == counted
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(posts_count=9)
    assert await told(world) == counted  # until the job runs again
    await count_domain_stats()
    assert 9 in await told(world)
    contact = (await world.nobody.get("/api/v2/instance"))["contact"]["account"]
    assert contact["id"] == world.ada.id


@pytest.mark.slow
async def test_a_big_domain_costs_no_more_than_a_small_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sql.run(
        """INSERT INTO users_identity SELECT made.*
           FROM users_identity i, generate_series(1, 5000) n,
                jsonb_populate_record(i, jsonb_build_object('id', n, 'uri', i.uri || n, 'username', i.username || n)) made
           WHERE i.id = %s""",
        [world.ada.me.pk],
    )
    await count_domain_stats()
    await vacuum()
    await told(world)
    forget()
    async with measured(monkeypatch) as costs:
        for path in ("/api/v1/instance", "/api/v2/instance", "/nodeinfo/2.1"):
            await world.http.get(path)
    read = [cost for cost in costs if "users_identity" in cost.sql or "users_domainfigures" in cost.sql]
    assert any(domain_stats.COLUMNS in cost.sql for cost in read)
    assert total(read) < 60, read
    assert max(cost.most_rows for cost in read) < 50, read
