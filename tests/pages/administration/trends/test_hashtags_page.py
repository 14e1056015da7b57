"""The page on which staff decide which hashtags may be written, found and trend."""

import pytest

from activities.search.queries import search_hashtags
from core.db import sql
from tests.pages.administration.trends.test_trends_page import moderates_only, words
from tests.pages.conftest import Site
from tests.support.plans import measured, vacuum

pytestmark = pytest.mark.anyio

PATH, DECIDE = "/admin/hashtags", "/admin/hashtags/decide"


async def hashtag(site: Site, name: str) -> str:
    answer = await site.member.post("/compose", {"text": f"#{name}", "visibility": "0"})
    assert answer.status_code == 303
    return str(await sql.value("SELECT id FROM activities_hashtag WHERE display_name = %s", [name]))


async def row(site: Site, name: str) -> str:
    """Return the words of the only row that a search for the name finds."""
    page = words((await site.moderator.get(f"{PATH}?q=%23{name}")).text)
    return page.partition(f"#{name.capitalize()} ")[2].partition("With the selected rows")[0]


async def test_a_hashtag_is_forbidden_hidden_and_kept_out_of_trends(site: Site) -> None:
    birds, _ = await hashtag(site, "Birds"), await hashtag(site, "Birch")
    before = words((await site.moderator.get(PATH)).text)
    assert before.index("#Birch") < before.index("#Birds"), "the newest first"
    for action, said in (
        ("forbid", "forbidden"),
        ("unlist", "hidden from search"),
        ("sink", "can't trend"),
    ):
        assert said not in await row(site, "birds")
        answer = await site.moderator.post(
            DECIDE, {"hashtag": birds, "action": action, "next": f"{PATH}?q=bird"}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?q=bird")
        assert said in await row(site, "birds")
    refused = await site.member.post("/compose", {"text": "Look at these #birds", "visibility": "0"})
    assert refused.status_code == 422
    assert not [tag.name for tag in await search_hashtags("bird", site.domain)]
    for action in ("use", "list", "trend"):
        await site.moderator.post(DECIDE, {"hashtag": birds, "action": action})
    assert (await row(site, "birds")).split() == ["0", "0", "may", "trend"]
    assert (
        await site.member.post("/compose", {"text": "Look at these #birds", "visibility": "0"})
    ).status_code == 303
    assert [tag.name for tag in await search_hashtags("bird", site.domain)] == ["birds"]


async def test_staff_of_a_domain_decide_for_their_own(site: Site) -> None:
    birds = await hashtag(site, "Birds")
    await moderates_only(site, site.domain)
    await site.moderator.post(DECIDE, {"hashtag": birds, "action": "forbid"})
    assert await sql.column("SELECT domain_id FROM activities_review") == [site.domain.pk]
    for wrong in ({"hashtag": birds, "action": "burn"}, {"hashtag": birds}):
        assert (await site.moderator.post(DECIDE, wrong)).status_code == 404
    assert (await site.member.get(PATH)).status_code == 404
    assert (await site.member.post(DECIDE, {"hashtag": birds, "action": "use"})).status_code == 404


async def test_a_page_reads_its_rows_and_leads_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await sql.run(
        """INSERT INTO activities_hashtag (name, display_name, created_at)
           SELECT 'tag' || to_char(g, 'FM00000'), 'Tag' || to_char(g, 'FM00000'), now() FROM generate_series(1, 20000) g"""
    )
    await vacuum()
    for path in (PATH, f"{PATH}?q=tag000"):
        seen: list[str] = []
        query: str | None = path
        for _page in range(2):
            assert query is not None
            async with measured(monkeypatch) as costs:
                page = (await site.moderator.get(query)).text
            assert max(cost.most_rows for cost in costs) <= 100, query
            seen += [word for word in words(page).split() if word.startswith("#Tag")]
            onward = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
            query = f"{PATH}{onward}" if onward else None
        assert len(seen) == len(set(seen)) == 80, path
