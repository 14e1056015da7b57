"""The cost of a search is bounded, whatever words and operators it has."""

import httpx
import pytest

from activities.search import queries as search
from activities.search.handlers import fill_search_words
from core.db import sql
from tests.activities.growth import write_many
from tests.activities.people import make_post, make_remote
from tests.api.support.world import World, make_world
from tests.support.plans import measured, total, vacuum

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def world(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> World:
    """8,000 posts with a common word, of two authors; the oldest has a rare word and a poll."""
    monkeypatch.setattr(search, "RARE", 100)
    monkeypatch.setattr(search, "WINDOW", 500)
    world = await make_world(client)
    await sql.run("UPDATE users_identity SET is_indexable = true, is_discoverable = true")
    await make_post(world.remote, content="<p>common but zebra</p>", question={"options": []})
    for name in ("one", "two"):
        author = await make_remote(name, is_indexable=True)
        await write_many(author, 4000, content="<p>common words</p>")
    # a table that was never vacuumed is planned as one of ten pages: which ones were depends on the tests before
    await vacuum()
    return world


_SEARCHES = [
    ("zebra", 1, 700),
    ("common zebra has:poll", 1, 700),
    ("common", 20, 1500),
    ("common from:two@far.test", 20, 1500),
    ("common words from:rob@far.test", 0, 700),
    ("common -words", 0, 8 * 700),  # the newest windows only
    ("common has:poll", 0, 8 * 700),
    ("common from:rob@far.test", 1, 700),
    ("nowhere", 0, 300),
]


async def test_common_words_and_rare_operators(
    world: World, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    for query, found, most in _SEARCHES:
        with subtests.test(query):
            async with measured(monkeypatch) as costs:
                answer = await world.ada.get("/api/v2/search", params={"q": query, "type": "statuses"})
            assert len(answer["statuses"]) == found
            assert total(costs) < most, costs


async def test_pages_and_dates_go_on_behind_the_windows(world: World) -> None:
    ids = await sql.column("SELECT id FROM activities_post ORDER BY id DESC LIMIT 1200")
    answer = await world.ada.get("/api/v2/search", params={"q": "common", "type": "statuses", "offset": 600})
    assert [int(post["id"]) for post in answer["statuses"]] == ids[600:620]
    answer = await world.ada.get(
        "/api/v2/search", params={"q": "common", "type": "statuses", "max_id": ids[1000]}
    )
    assert [int(post["id"]) for post in answer["statuses"]] == ids[1001:1021]


async def test_words_of_older_posts_are_filled_in_pieces(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = await make_post(world.remote, content="<p>giraffe</p>")
    await sql.run("UPDATE activities_post SET words = NULL")
    query = {"q": "zebra", "type": "statuses"}
    assert (await world.ada.get("/api/v2/search", params=query))["statuses"] == []
    async with measured(monkeypatch) as costs:
        assert await fill_search_words() == 8002
        assert await fill_search_words() == 0
    assert max(cost.most_rows for cost in costs) <= 2000
    assert len((await world.ada.get("/api/v2/search", params=query))["statuses"]) == 1
    edited.content = "<p>okapi</p>"
    await edited.asave(update_fields=["content"])
    for word, found in (("giraffe", 0), ("okapi", 1)):
        answer = await world.ada.get("/api/v2/search", params={"q": word, "type": "statuses"})
        assert len(answer["statuses"]) == found
