"""The page on which staff review trends: what is listed, what was decided and by whom, what waits, and who may decide."""

import re
from html import unescape

import pytest

from activities.reviews.models import Review
from core.db import sql
from tests.activities import people as rows
from tests.activities.trending import make_trending
from tests.pages.conftest import Site
from tests.support.plans import measured, total, vacuum
from tests.support.queries import counted
from tests.users.support import give_role, make_domain
from users.domains import options
from users.domains.models import Domain, Level
from users.roles.models import MODERATOR

pytestmark = pytest.mark.anyio

BROWSER = {"Accept": "text/html"}
PATH, DECIDE = "/admin/trends", "/admin/trends/decide"
NAMES = {"tags": "#Cats", "links": "News of the day", "sites": "news.test", "posts": "Liked by many"}
ROWS = {
    "tags": "#Cats Posts in a week: 3 People in a day: 3 not decided",
    "links": "News of the day news.test Posts in a week: 3 People in a day: 3 not decided",
    "sites": "news.test Trending links: 1 Posts in a week: 3 not decided",
    "posts": "Liked by many @mia@testserver Likes: 5 Boosts: 0 not decided",
}


@pytest.fixture
async def trending(site: Site) -> dict[str, int]:
    """A hashtag, a page with its site, and a post that trend, by the names of the tabs."""
    made = await make_trending(site.member.me)
    return made | {"posts": made["statuses"]}


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition("<main ")[2])).split())


async def review_is_on(site: Site) -> None:
    await options.set_value(options.TRENDS_NEED_REVIEW, True, level=Level.domain, owner=site.domain.pk)


async def moderates_only(site: Site, domain: Domain) -> None:
    await give_role(site.moderator.user, None)
    await give_role(site.moderator.user, MODERATOR, domain)


@pytest.mark.parametrize("kind", list(NAMES))
async def test_staff_decide_about_a_row_and_about_ticked_ones(
    site: Site, trending: dict[str, int], kind: str
) -> None:
    path, form = f"{PATH}?kind={kind}", {"kind": kind, "target": str(trending[kind])}
    page = (await site.moderator.get(path)).text
    assert ROWS[kind] in words(page)
    assert f'name="target" value="{trending[kind]}" form="ticked"' in " ".join(page.split())
    assert "review is off" in page
    answer = await site.moderator.post(DECIDE, {**form, "action": "reject", "next": path})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "rejected for all domains" in words((await site.moderator.get(path)).text)
    await moderates_only(site, site.domain)
    await site.moderator.post(DECIDE, {**form, "target": [form["target"], "999"], "action": "approve"})
    said = words((await site.moderator.get(path)).text)
    assert "Changed: 1. Left as they were: 1." in said
    assert f"approved {site.domain.name}" in said
    assert [one.domain_id async for one in Review.objects.order_by("domain_id")] == [0, site.domain.pk]


async def test_a_page_shows_the_decision_about_its_site(site: Site, trending: dict[str, int]) -> None:
    form = {"kind": "sites", "target": str(trending["sites"]), "action": "reject"}
    await site.moderator.post(DECIDE, form)
    assert "rejected for all domains with its site" in words(
        (await site.moderator.get(f"{PATH}?kind=links")).text
    )
    await site.moderator.post(
        DECIDE, {**form, "kind": "links", "target": str(trending["links"]), "action": "approve"}
    )
    said = words((await site.moderator.get(f"{PATH}?kind=links")).text)
    assert "approved for all domains" in said, "the page itself counts before its site"
    assert "with its site" not in said


async def test_what_waits_is_counted_and_shown_alone_where_review_is_on(
    site: Site, trending: dict[str, int]
) -> None:
    link = f'href="{PATH}"'
    page = (await site.moderator.get(f"{PATH}?show=waiting", headers=BROWSER)).text
    assert "Waiting for review" not in page
    assert "</span>3<span" not in page.partition(link)[2].partition("</a>")[0]
    await review_is_on(site)
    page = (await site.moderator.get(PATH, headers=BROWSER)).text
    assert "nothing trends until a moderator has approved it" in words(page)
    assert "</span>3<span" in page.partition(link)[2].partition("</a>")[0], "a hashtag, a link and a post"
    for left, kind in zip((2, 1, 0), ("tags", "posts", "sites"), strict=True):
        waiting = f"{PATH}?kind={kind}&show=waiting"
        assert NAMES[kind] in (await site.moderator.get(waiting)).text
        await site.moderator.post(DECIDE, {"kind": kind, "target": str(trending[kind]), "action": "approve"})
        page = (await site.moderator.get(waiting, headers=BROWSER)).text
        assert "Nothing is waiting for review." in page, kind
        count = page.partition(link)[2].partition("</a>")[0]
        assert (f"</span>{left}<span" in count) == bool(left), "a site is decided about with its links"
    assert NAMES["tags"] in (await site.moderator.get(PATH)).text
    assert "#Cats" in (await site.nobody.get("/explore/hashtags")).text


async def test_who_may_not_does_not_see_the_page(site: Site, trending: dict[str, int]) -> None:
    form = {"kind": "tags", "target": str(trending["tags"]), "action": "reject"}
    for visitor in (site.nobody, site.member):
        assert (await visitor.get(PATH)).status_code == 404
        assert (await visitor.post(DECIDE, form)).status_code == 404
    await moderates_only(site, await make_domain("other.test"))
    assert (await site.moderator.get(PATH)).status_code == 403
    assert (await site.moderator.post(DECIDE, form)).status_code == 403
    assert f'href="{PATH}"' not in (await site.moderator.get("/admin")).text
    await give_role(site.moderator.user, MODERATOR)
    hidden = await rows.make_post(site.admin.me, visibility=3)
    await site.moderator.post(DECIDE, {**form, "kind": "posts", "target": str(hidden.pk)})
    assert await Review.objects.acount() == 0
    for odd in ({**form, "kind": "people"}, {**form, "action": "eat"}):
        assert (await site.moderator.post(DECIDE, odd)).status_code == 404
    assert (await site.moderator.get(f"{PATH}?kind=people")).status_code == 404
    options_link = f"/admin/options?domain={site.domain.pk}"
    assert options_link not in (await site.moderator.get(PATH)).text
    assert options_link in (await site.admin.get(PATH)).text


async def test_rows_are_read_page_by_page_with_few_queries(
    site: Site, trending: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await review_is_on(site)
    await sql.run(
        """INSERT INTO activities_hashtag (name, display_name, created_at)
           SELECT 't' || n, 't' || n, now() FROM generate_series(1, 99) n"""
    )
    await sql.run(
        """INSERT INTO activities_trend (kind, place, target_id, score)
           SELECT 'tag', 1 + row_number() OVER (ORDER BY id), id, 1 FROM activities_hashtag WHERE name <> 'cats'"""
    )
    first = (await site.moderator.get(PATH, headers=BROWSER)).text
    assert first.count('form="ticked"') == 40
    assert 'href="?kind=tags&amp;after=40"' in first
    assert ">99+<" in first, "no more than a hundred are counted"
    assert (await site.moderator.get(f"{PATH}?after=80")).text.count('form="ticked"') == 20
    assert (await site.moderator.get(f"{PATH}?after=x")).status_code == 400
    for kind in NAMES:
        async with counted(monkeypatch) as queries:
            await site.moderator.get(f"{PATH}?kind={kind}&show=waiting", headers=BROWSER)
        assert len(queries) <= 12, (kind, len(queries))


@pytest.mark.slow
async def test_a_page_of_trends_reads_little_among_many_decisions(
    site: Site, trending: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred hashtags and links that trend, of 20,000 sites, with decisions on all hashtags and sites."""
    await review_is_on(site)
    for statement in (
        "INSERT INTO activities_hashtag (name, display_name, created_at) SELECT 't' || n, 't' || n, now() FROM generate_series(1, 20000) n",
        "INSERT INTO activities_publisher (host) SELECT 's' || n || '.test' FROM generate_series(1, 20000) n",
        """INSERT INTO activities_previewcard SELECT made.* FROM activities_previewcard c, generate_series(1, 20000) n,
           jsonb_populate_record(c, jsonb_build_object('id', c.id + n, 'url', c.url || n, 'host', 's' || n || '.test')) made""",
        "DELETE FROM activities_trend WHERE kind <> 'post'",
        """INSERT INTO activities_trend (kind, place, target_id, score) SELECT 'tag', row_number() OVER (), id, 1
           FROM (SELECT id FROM activities_hashtag ORDER BY md5(name) LIMIT 100) x""",
        """INSERT INTO activities_trend (kind, place, target_id, score) SELECT 'link', row_number() OVER (), id, 1
           FROM (SELECT id FROM activities_previewcard ORDER BY md5(url) LIMIT 100) x""",
        """INSERT INTO activities_review (kind, target_id, domain_id, is_trendable)
           SELECT 'tag', id, 0, true FROM activities_hashtag UNION ALL SELECT 'publisher', id, 0, true FROM activities_publisher""",
    ):
        await sql.run(statement)
    await vacuum()
    for kind in NAMES:
        for more in ("", "&show=waiting"):
            path = f"{PATH}?kind={kind}{more}"
            await site.moderator.get(path, headers=BROWSER)
            async with measured(monkeypatch) as costs:
                assert (await site.moderator.get(path, headers=BROWSER)).status_code == 200
            assert total(costs) < 3500, (path, [(cost.buffers, cost.sql[:90]) for cost in costs])
