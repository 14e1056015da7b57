"""A policy is found by the name of a host and those above it, whatever the number of hosts with one."""

import httpx
import pytest

from activities.posts.models import Like
from core.db import sql
from federation import peers
from federation.models import Policy
from tests.activities.people import follow, make_post, make_remote
from tests.api.support.world import World, make_world
from tests.support.plans import measured, rebuild, total, vacuum

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
_ROWS = 120  # that a page of 40 posts considers


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    """Ada follows thirty people on thirty servers among 3,000; each of them wrote forty posts, and all are at home."""
    world = await make_world(client)
    for number in range(30):
        author = await make_remote(f"author{number}", f"social.s{number}.example")
        await follow(world.ada.me, author)
        template = await make_post(author)
        await sql.run(
            """INSERT INTO activities_post SELECT made.*
               FROM activities_post p, generate_series(1, 39) n,
                    jsonb_populate_record(p, jsonb_build_object('id', p.id + n, 'uri', p.uri || '/' || n)) made
               WHERE p.id = %(template)s""",
            {"template": template.pk},
        )
    await sql.run(
        """INSERT INTO activities_homeentry (identity_id, post_id)
           SELECT %(ada)s, id FROM activities_post ON CONFLICT DO NOTHING""",
        {"ada": world.ada.me.pk},
    )
    await sql.run(
        "INSERT INTO federation_peer (host) SELECT 'n' || n || '.peer.example' FROM generate_series(1, 3000) n"
    )
    await rebuild(
        "activities_post", "activities_homeentry", "users_identity", "users_follow", "federation_peer"
    )
    return world


async def test_a_list_of_allowed_hosts_costs_one_read_a_statement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/v1/timelines/home?limit=40"
    costs = []
    for listed_only in (False, True):
        await sql.run("UPDATE federation_peer SET policy = 'allowed'")
        await sql.run(
            "INSERT INTO federation_peer (host, policy) SELECT 's' || n || '.example', 'allowed' FROM generate_series(0, 29) n ON CONFLICT DO NOTHING"
        )
        await peers.set_federation_mode(listed_only=listed_only)
        await vacuum()
        await world.ada.get(path)
        async with measured(monkeypatch) as seen:
            assert len(await world.ada.get(path)) == 40
        costs.append(total(seen))
    assert costs[1] <= costs[0] * 1.1, costs


@pytest.mark.parametrize("policy", [Policy.blocked, Policy.limited])
async def test_reads_cost_the_same_however_many_hosts_are_ruled(
    world: World, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = await sql.value("SELECT id FROM users_identity WHERE username = 'author7'")
    account, public = f"/api/v1/accounts/{author}/statuses", "/api/v1/timelines/public"
    costs: dict[tuple[str, str], list[int]] = {}
    await vacuum()
    for many in (0, 500, 3000):
        await sql.run(
            "UPDATE federation_peer SET policy = %s WHERE id IN (SELECT id FROM federation_peer ORDER BY id LIMIT %s)",
            [policy, many],
        )
        await rebuild("federation_peer")
        for speaker, path in (
            (world.ada, "/api/v1/timelines/home"),
            (world.ada, account),
            (world.nobody, account),
            (world.nobody, public),
        ):
            await speaker.get(f"{path}?limit=40")
            async with measured(monkeypatch) as seen:
                assert len(await speaker.get(f"{path}?limit=40")) == 40
            costs.setdefault((speaker.token, path), []).append(total(seen))
            assert max(cost.most_rows for cost in seen) <= _ROWS, seen
    for (_, path), (none, some, all_of_them) in costs.items():
        # a look into the index of those with a policy is one page deeper than into an empty one
        looks = _ROWS * (2 if path == public else 1)
        assert some - none <= looks * 1.1, (path, none, some)
        assert all_of_them <= some * 1.05, (path, some, all_of_them)


async def test_the_rules_that_every_process_keeps_are_read_by_themselves(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sql.run(
        "UPDATE federation_peer SET policy = 'blocked', reject_media = true WHERE host IN ('n7.peer.example', 'n8.peer.example')"
    )
    await vacuum()
    peers.forget_policies()
    async with measured(monkeypatch) as costs:
        assert await peers.policy_of("n7.peer.example") == Policy.blocked
    assert len(costs) == 2
    assert max(cost.most_rows for cost in costs) == 2, "not all 3,000 servers"


async def test_the_nearest_policy_counts_in_reads_and_in_memory(world: World) -> None:
    hosts = {
        "a.test": Policy.open,
        "Sub.blocked.test": Policy.blocked,
        "blocked.test:8443": Policy.blocked,
        "notblocked.test": Policy.open,
        "fine.blocked.test": Policy.limited,
        "x.fine.blocked.test": Policy.limited,
        "[::1]:8443": Policy.open,
        "odd.test": Policy.open,
        "odd.test:8443": Policy.limited,
    }
    await peers.set_policy(host="blocked.test", policy=Policy.blocked)
    await peers.set_policy(host="fine.blocked.test", policy=Policy.limited)
    await peers.set_policy(host="odd.test:8443", policy=Policy.limited)
    for host, policy in hosts.items():
        assert await peers.policy_of(host) == policy, host
        both = f"SELECT {peers.blocked_hosts_sql('%(host)s')}, {peers.limited_hosts_sql('%(host)s')}"
        assert await sql.one(both, {"host": host}) == (policy == Policy.blocked, policy == Policy.limited), (
            host
        )
    author = await make_remote("eve", "sub.blocked.test")
    post = await make_post(author)
    await world.nobody.refused("GET", f"/api/v1/statuses/{post.pk}", 404)
    await peers.set_policy(host="sub.blocked.test", policy=Policy.limited)
    await world.nobody.get(f"/api/v1/statuses/{post.pk}")


async def test_lists_of_people_end_after_so_many_who_are_hidden(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many follow somebody or like a post from servers that are not listed: the list costs no more, and whom it shows is right."""
    far = await make_remote("far", "far.example")
    post = await make_post(world.ada.me)
    for fan in (await make_remote("first", "s1.example"), far):
        await follow(fan, world.ada.me)
        await Like.objects.acreate(identity=fan, post=post)
    await sql.run(
        """INSERT INTO users_identity SELECT made.* FROM users_identity i, generate_series(1, 5000) n,
               jsonb_populate_record(i, jsonb_build_object('id', i.id + n, 'uri', 'https://x' || n || '.example/u', 'username', 'x' || n)) made
           WHERE i.id = %s""",
        [far.pk],
    )
    for table, column in (("users_follow", "source_id"), ("activities_like", "identity_id")):
        await sql.run(
            f"""INSERT INTO {table} SELECT made.* FROM {table} r, generate_series(1, 5000) n,
                   jsonb_populate_record(r, jsonb_build_object('id', r.id + n, '{column}', r.{column} + n)) made
               WHERE r.{column} = %s""",
            [far.pk],
        )
    last = await make_remote("last", "s2.example")
    await follow(last, world.ada.me)
    await Like.objects.acreate(identity=last, post=post)
    paths = (f"/api/v1/accounts/{world.ada.me.pk}/followers", f"/api/v1/statuses/{post.pk}/favourited_by")
    await rebuild("users_identity", "users_follow", "activities_like")
    for path in paths:
        assert len(await world.nobody.get(path)) == 40
    for host in ("s1.example", "s2.example"):
        await peers.set_policy(host=host, policy=Policy.allowed)
    await peers.set_federation_mode(listed_only=True)
    await vacuum()
    for path in paths:
        async with measured(monkeypatch) as seen:
            assert [one["username"] for one in await world.nobody.get(path)] == ["last"]
        assert total(seen) < 20_000, path  # pages; five for each of the 2,000 that are looked at
