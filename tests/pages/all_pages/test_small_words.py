"""Small texts of the interface: dates, titles, labels and messages."""

import datetime as dt
import re
from pathlib import Path

import pytest

from activities.filters import services as filters
from activities.filters.models import FilterAction, FilterContext
from activities.notifications.models import Notification
from core import clock
from core.texts.language_names import LANGUAGE_NAMES
from core.texts.languages import known_language
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.users.support import make_person
from users.identities.models import Identity, Restriction
from users.logins.models import User

pytestmark = pytest.mark.anyio

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
# the languages whose speakers call them as English does
_SAME = {
    *("af", "en", "eo", "ha", "ia", "ie", "ig", "io", "kl", "mg", "mi", "ny", "oc", "tl", "tok", "vo", "wo"),
}


def test_templates_write_dates_with_the_tags_for_them() -> None:
    for file in sorted(TEMPLATES.rglob("*.html")):
        assert not re.search(r"\|(?:date|time|timesince|naturaltime)\b", file.read_text()), file.name


async def test_dates_are_for_machines_too(site: Site) -> None:
    joined = site.member.me.created_at
    page = (await site.admin.get(f"/admin/people/{site.member.me.pk}")).text
    stamp = f"{joined:%Y-%m-%dT%H:%M:%SZ}"
    assert f'since <time datetime="{stamp}" data-shape="day">{joined:%-d %B %Y}</time>' in page


async def test_a_length_of_time_in_a_sentence_says_ago(site: Site) -> None:
    await User.objects.filter(pk=site.member.user.pk).aupdate(
        last_seen_at=clock.now() - dt.timedelta(hours=3)
    )
    page = (await site.admin.get(f"/admin/people/{site.member.me.pk}")).text
    assert re.search(r"last seen <time [^>]*>3 h ago</time>", page)


@pytest.mark.slow
async def test_each_page_of_the_administration_has_its_own_title(site: Site) -> None:
    paths = (
        *("", "/queues", "/peers", "/people", "/reports", "/reports?show=resolved", "/sign-ups", "/domains"),
        *("/domains/new", f"/domains/{site.domain.pk}", f"/domains/{site.domain.pk}/texts/privacy_policy"),
        *("/announcements", "/options", f"/options?domain={site.domain.pk}", "/queues/activities.Post"),
        f"/people/{site.member.me.pk}",
    )
    titles = {}
    for path in paths:
        answer = await site.admin.get(f"/admin{path}")
        if answer.status_code == 200:
            titles[path] = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)[1]  # type: ignore[index]
    assert len(titles) >= len(paths) - 1
    assert len(set(titles.values())) == len(titles), titles
    assert all(re.fullmatch(r"\S.* · Administration · .*", title) for title in titles.values()), titles


@pytest.mark.parametrize("locked", [False, True])
async def test_following_says_whether_it_is_asked_for_only(site: Site, locked: bool) -> None:
    other = await make_person(site.domain, "lee", approves_followers=locked)
    await site.member.post(f"/people/{other.pk}/follow")
    page = (await site.member.get("/home")).text
    assert ("Follow request sent to lee." in page) == locked
    assert ("You follow lee." in page) == (not locked)


async def test_a_suspended_profile_offers_no_follow(site: Site) -> None:
    far = await rows.make_remote("far", "far.test")
    for visitor in (site.member, site.nobody):
        assert ">Follow</" in (await visitor.get("/@far@far.test")).text
    await Identity.objects.filter(pk=far.pk).aupdate(restriction=Restriction.suspended)
    for visitor in (site.member, site.nobody):
        assert ">Follow</" not in (await visitor.get("/@far@far.test")).text


@pytest.mark.slow
async def test_optional_is_said_once_and_where_nothing_is_chosen(site: Site) -> None:
    for path in ("/admin/peers", "/admin/options", "/settings/posting"):
        page = (await site.admin.get(path)).text
        for label in re.findall(r"<label.*?</label>(?:\s*<select)?", page, re.DOTALL):
            assert label.count("(") <= 1, label
            assert not (label.endswith("<select") and "optional" in label), label
    options = (await site.admin.get("/admin/options")).text
    assert "optional" not in options
    assert "Leave a field empty" in " ".join(options.split())
    assert "Days until a browser is signed out" in options


@pytest.mark.parametrize(("code", "names"), LANGUAGE_NAMES.items())
def test_languages_have_their_own_names(code: str, names: tuple[str, str]) -> None:
    english, own = names
    assert known_language(code) == code
    assert (own == english) == (code in _SAME) or own.casefold() == english.casefold()
    assert own[0] == own[0].title() or code in {"jbo", "tok"}


async def test_the_composer_offers_languages_by_their_own_names(site: Site) -> None:
    page = (await site.member.get("/compose")).text
    for code, name in {
        "cs": "Čeština",
        "sk": "Slovenčina",
        "lt": "Lietuvių",
        "km": "ខ្មែរ",
        "kn": "ಕನ್ನಡ",
        "mn": "Монгол",
        "pa": "ਪੰਜਾਬੀ",
        "zh": "中文",
    }.items():
        assert re.search(rf'<option value="{code}"[^>]*>{name}</option>', page), code


@pytest.mark.slow
async def test_notifications_have_no_empty_rows(site: Site) -> None:
    """The booster of a post was deleted, and a filter left out what others wrote; older ones are still reached."""
    mia, written = site.member.me, []
    for number in range(20):
        author = await rows.make_remote(f"author{number}")
        post = await rows.make_post(author, content="<p>spoiler</p>", mentions=(mia,))
        written.append(author)
        await Notification.objects.acreate(identity=mia, kind="mention", actor=author, post=post)
    booster = await rows.make_remote("booster")
    boost = await rows.make_post(booster, boost_of=await rows.make_post(written[0]))
    await Notification.objects.acreate(identity=mia, kind="status", actor=booster, post=boost)
    await Notification.objects.acreate(identity=mia, kind="follow", actor=booster)
    await Identity.objects.filter(pk=booster.pk).aupdate(deleted_at=clock.now())
    page = (await site.member.get("/notifications")).text
    assert page.count("<article") == 20
    assert "booster" not in page
    await filters.create_filter(
        identity=mia,
        title="no",
        contexts=[FilterContext.notifications],
        action=FilterAction.hide,
        keywords=[filters.KeywordDraft(keyword="spoiler")],
    )
    page = (await site.member.get("/notifications")).text
    assert page.count("<article") == 0
    assert 'rel="next"' in page
    assert "No notifications yet" not in page


async def test_a_reply_says_whose_post_it_answers(site: Site) -> None:
    mia, fan, gil = site.member.me, await rows.make_remote("fan"), await rows.make_remote("gil")
    mine, other = await rows.make_post(mia), await rows.make_post(gil)
    for author, answered, mentions, words in (
        (fan, mine, (mia,), "your post"),
        (mia, mine, (), "your own post"),
        (fan, await rows.make_post(fan), (mia,), "their own post"),
        (fan, other, (mia, gil), "<bdi>@gil</bdi>"),
        (fan, other, (mia,), "another post"),
    ):
        reply = await rows.make_post(author, in_reply_to=answered, mentions=mentions)
        await Notification.objects.acreate(identity=mia, kind="mention", actor=author, post=reply)
        page = (await site.member.get("/notifications")).text
        shown = page.partition(f'id="post-{reply.pk}"')[2].partition("</header>")[0]
        assert f"In reply to {words}</a>" in shown, words
    far = "https://gil.example/notes/9"  # never seen here
    gil_far, zoe = await rows.make_remote("gil", "gil.example"), await rows.make_remote("zoe", "gil.example")
    for mentions, words in (
        ((mia, gil_far), "<bdi>@gil</bdi>"),
        ((mia,), ""),
        ((gil_far, zoe), ""),
    ):
        reply = await rows.make_post(fan, in_reply_to_uri=far, mentions=mentions)
        page = (await site.member.get(f"/@{fan.handle}/replies")).text
        shown = page.partition(f'id="post-{reply.pk}"')[2].partition("</header>")[0]
        assert shown
        assert (f"In reply to {words}</a>" in shown) == bool(words)
        assert ("In reply to" in shown) == bool(words)
    page = (await site.nobody.get("/@mia")).text
    assert "your" not in page, "a visitor has no posts"


async def test_notifications_have_one_name(site: Site) -> None:
    page = (await site.member.get("/home")).text
    assert "<span>Notifications</span>" in page
    assert "Alerts" not in page


async def test_an_empty_search_says_that_authors_decide(site: Site) -> None:
    for visitor in (site.member, site.nobody):
        page = " ".join((await visitor.get("/search?q=nowhere")).text.split())
        assert "only if their authors allow it" in page
        assert "only if their authors allow it" not in (await visitor.get("/search?q=mia")).text
