"""A thread of thousands of posts, one below the other, costs what it shows."""

import httpx
import pytest

from core.db import sql
from tests.activities.people import make_post, make_remote
from tests.api.support.world import World, make_world
from tests.support.plans import measured, vacuum

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_LONG = 2_500


@pytest.fixture
async def world(client: httpx.AsyncClient) -> World:
    return await make_world(client)


async def make_chain(long: int, *, every: int = 1) -> list[int]:
    """Posts of which each answers the one before, or the one `every` places above when it is the next row of a broad thread."""
    first = await make_post(await make_remote("author"))
    await sql.run(
        """INSERT INTO activities_post SELECT made.*
           FROM activities_post p, generate_series(1, %(long)s - 1) n,
                jsonb_populate_record(p, jsonb_build_object('id', p.id + n, 'uri', p.uri || '/' || n,
               'in_reply_to_id', p.id + (n - 1) / %(every)s, 'in_reply_to_author_id', p.author_id)) made WHERE p.id = %(id)s""",
        {"id": first.pk, "long": long, "every": every},
    )
    await vacuum()
    return [first.pk + number for number in range(long)]


async def test_a_long_chain_keeps_no_way_to_each_post(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = await make_chain(_LONG)
    for post_id in (chain[0], chain[-1]):
        async with measured(monkeypatch) as costs:
            around = await world.ada.get(f"/api/v1/statuses/{post_id}/context")
        shown = [int(post["id"]) for post in (*around["ancestors"], *around["descendants"])]
        assert shown == [one for one in chain if one != post_id]
        steps = [cost for cost in costs if "RECURSIVE" in cost.sql]
        assert len(steps) == 2
        assert [cost.temporary for cost in steps] == [0, 0]
        assert max(cost.most_rows for cost in steps) <= 2 * _LONG


async def test_visitors_get_a_part_of_a_long_thread(world: World) -> None:
    chain = await make_chain(100)
    around = await world.nobody.get(f"/api/v1/statuses/{chain[50]}/context")
    assert [int(post["id"]) for post in around["ancestors"]] == chain[10:50]
    assert [int(post["id"]) for post in around["descendants"]] == chain[51:71]


async def test_answers_stand_below_what_they_answer(world: World) -> None:
    broad = await make_chain(40, every=3)
    around = await world.nobody.get(f"/api/v1/statuses/{broad[0]}/context")
    shown = [int(post["id"]) - broad[0] for post in around["descendants"]]
    assert sorted(shown) == list(range(1, 40))
    assert shown[:6] == [1, 4, 13, 14, 15, 5]
    assert [shown.index(number) for number in (2, 3)] == [13, 26]


async def test_posts_that_answer_each_other_in_a_circle(world: World) -> None:
    chain = await make_chain(3)
    await sql.run("UPDATE activities_post SET in_reply_to_id = %s WHERE id = %s", [chain[2], chain[0]])
    around = await world.ada.get(f"/api/v1/statuses/{chain[1]}/context")
    assert [int(post["id"]) for post in around["ancestors"]] == [chain[2], chain[0]]
    assert around["descendants"] == [], "each post stands once"
