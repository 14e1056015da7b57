"""The right column of wide screens: what every page has at once, and what scripts ask for once it is in sight."""

import datetime as dt
import re

import pytest

from activities.announcements.services import announce
from activities.previews.models import PreviewCard
from activities.tags.models import Hashtag
from activities.trends.models import DailyUse, Trend
from core import clock
from core.config.version import VERSION
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.queries import counted
from tests.users.support import make_rules
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


def _column(page: str) -> str:
    return page.partition("<aside")[2].partition("</aside>")[0]


async def _trend(name: str, place: int) -> None:
    tag = await Hashtag.objects.acreate(name=name.lower(), display_name=name, created_at=clock.now())
    await Trend.objects.acreate(kind="tag", place=place, target_id=tag.pk, score=1)
    today = clock.now().date()
    for day, uses in ((today, 3), (today - dt.timedelta(days=1), 4)):
        await DailyUse.objects.acreate(kind="tag", target_id=tag.pk, day=day, uses=uses, people=1)


async def test_every_page_has_a_search_field_rules_and_a_footer(site: Site) -> None:
    await make_rules(site.domain, "Be kind")
    for reader, path in ((site.member, "/home"), (site.nobody, "/local"), (site.member, "/notifications")):
        column = _column((await reader.get(path)).text)
        assert re.search(r'role="search"[^>]* action="/search"', column), path
        for words in ("Be kind", f"Takahē {VERSION}", 'href="/about"', 'href="/directory"'):
            assert words in column, (path, words)
        assert ("hx-get" in column) == (reader is site.member), "caches share the pages of visitors"
    assert 'role="search"' not in _column((await site.member.get("/search")).text), "that page has its own"


async def test_what_a_page_has_is_not_in_its_column_before_that_is_loaded(site: Site) -> None:
    await announce(content="<p>We move house on Sunday</p>")
    card = await PreviewCard.objects.acreate(url="https://news.test/1", title="The news of today")
    await Trend.objects.acreate(kind="link", place=0, target_id=card.pk, score=1)
    for path, words in (("/home", "We move house"), ("/explore/news", "The news of today")):
        page = (await site.member.get(path)).text
        assert words in page
        assert words not in _column(page)
        assert words not in (await site.member.get(f"/aside?next={path}")).text


async def test_trends_and_people_come_once_the_column_is_in_sight(site: Site) -> None:
    mia = site.member.me
    for place, name in enumerate(("Birds", "Bread")):
        await _trend(name, place)
    card = await PreviewCard.objects.acreate(
        url="https://news.example/a", title="A long walk", provider_name="The News", type="link"
    )
    await Trend.objects.acreate(kind="link", place=0, target_id=card.pk, score=1)
    await Identity.objects.filter(pk=site.admin.me.pk).aupdate(is_discoverable=True, followers_count=3)
    page = (await site.member.get("/aside?next=/notifications")).text
    assert "<html" not in page
    assert re.findall(r"<bdi>(#\w+)</bdi></a>\s*<span[^>]*>([^<]+)", page) == [
        ("#Birds", "7 posts"),
        ("#Bread", "7 posts"),
    ]
    assert "A long walk" in page
    assert f"/people/{site.admin.me.pk}/follow" in page
    assert 'name="next" value="/notifications"' in page
    exploring = (await site.member.get("/aside?next=/explore/people")).text
    assert "#Birds" not in exploring
    assert "A long walk" not in exploring
    assert '/follow"' not in exploring, "they are on the page itself"
    await rows.follow(mia, site.admin.me)
    assert '/follow"' not in (await site.member.get("/aside")).text, "nobody who is followed already"
    assert (await site.nobody.get("/aside")).status_code == 303


async def test_a_suggested_person_is_dismissed(site: Site) -> None:
    who = site.admin.me.pk
    await Identity.objects.filter(pk=who).aupdate(is_discoverable=True, followers_count=3)
    path = f"/people/{who}/dismiss"
    assert f'action="{path}"' in (await site.member.get("/aside?next=/local")).text
    assert (await site.nobody.post(path)).status_code == 303
    assert f'action="{path}"' in (await site.member.get("/aside")).text
    answer = await site.member.post(path, {"next": "/local"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/local")
    assert "Ann is not suggested any more" in (await site.member.get("/local")).text
    assert f"/people/{who}/" not in (await site.member.get("/aside")).text
    answer = await site.member.post(path, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, "")
    assert (await site.member.post("/people/1/dismiss")).status_code == 404


async def test_announcements_are_dismissed_in_the_column(site: Site) -> None:
    made = await announce(content="<p>We move house on Sunday</p>")
    assert "We move house" in (await site.member.get("/aside?next=/local")).text
    assert "We move house" not in (await site.member.get("/aside?next=/home")).text, "Home has them already"
    answer = await site.member.post(f"/announcements/{made.pk}/read", {"next": "/local"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/local")
    assert "We move house" not in (await site.member.get("/aside?next=/local")).text


async def test_the_column_takes_few_statements(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = []
    for place in range(5):
        await _trend(f"Tag{place}", place)
        await site.member.get("/aside")
        async with counted(monkeypatch) as seen:
            await site.member.get("/aside")
        numbers.append(len(seen))
    assert len(set(numbers)) == 1, numbers
    assert numbers[0] <= 9, seen
