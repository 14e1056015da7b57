"""The cost of domains' policies for reads: nothing while there are none, and a look into an index per row, whatever their number."""

import httpx
import pytest

from activities.timelines.models import HomeEntry
from core.db import sql
from federation.peers import forget_policies
from tests.activities.people import follow, make_post, make_remote
from tests.api.support.world import World, make_world
from tests.support.plans import measured, rebuild, total, vacuum
from tests.support.queries import counted
from tests.users.support import make_domain

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_ROWS = 40
_PATHS = ("/api/v1/timelines/home", "/api/v1/timelines/public")


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    """Ada follows thirty people on thirty servers, each with twenty posts."""
    world = await make_world(client)
    for number in range(30):
        author = await make_remote(f"author{number}", f"social.s{number}.example")
        await follow(world.ada.me, author)
        for _ in range(20):
            post = await make_post(author)
            await HomeEntry.objects.acreate(identity=world.ada.me, post=post)
    await rebuild("activities_post", "activities_homeentry", "users_identity", "users_follow")
    return world


async def _costs(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    await rebuild("federation_domainpolicy")
    await vacuum()
    found = []
    for path in _PATHS:
        await world.ada.get(f"{path}?limit=40")
        async with counted(monkeypatch) as queries:
            await world.ada.get(f"{path}?limit=40")
        async with measured(monkeypatch) as seen:
            assert len(await world.ada.get(f"{path}?limit=40")) == 40
        found.append((total(seen), len(queries)))
    return found


async def test_reads_cost_the_same_however_many_policies_there_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = await make_domain("second.test")
    none = await _costs(world, monkeypatch)
    found = {}
    for who, domain in (("others", second), ("own", world.domain)):
        for many in (100, 3000):
            await sql.run(
                """INSERT INTO federation_domainpolicy (domain_id, host, policy)
                   SELECT %s, 'n' || n || '.peer.example', CASE n %% 2 WHEN 0 THEN 'blocked' ELSE 'limited' END
                   FROM generate_series(1, %s) n ON CONFLICT DO NOTHING""",
                [domain.pk, many],
            )
            forget_policies()
            found[who, many] = await _costs(world, monkeypatch)
    for path, (before, queries), *ruled in zip(_PATHS, none, *found.values(), strict=True):
        assert {count for _, count in ruled} == {queries}, path
        few, many = (cost for cost, _ in ruled[-2:])
        assert few - before <= 5 * _ROWS, (path, before, ruled)
        # an index of 3,000 is a page deeper
        assert many - few <= 2 * 2 * _ROWS, (path, before, ruled)
