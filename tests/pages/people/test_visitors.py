"""Pages for visitors, link previews, feed readers and robots."""

import html
import re
from xml.etree import ElementTree

import pytest

from activities.posts.models import Visibility
from activities.tags.models import FeaturedTag, Hashtag, PostTag
from core.config import config
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.support.peers import outbound
from users.domains import services as domains
from users.domains.models import SignUpMode

pytestmark = pytest.mark.anyio


def _meta(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


async def test_visitors_follow_people_from_explore(site: Site) -> None:
    mia = site.member.me
    await type(mia).objects.filter(pk=mia.pk).aupdate(is_discoverable=True)
    await rows.make_post(mia)
    for path in ("/explore/people", "/directory"):
        page = (await site.nobody.get(path)).text
        link = re.search(r'href="(/interact\?do=follow[^"]*)"[^>]*>Follow<span[^>]*> @mia@testserver<', page)
        assert link, path
        choice = await site.nobody.get(html.unescape(link[1]))
        assert choice.status_code == 200
        assert "@mia@testserver" in choice.text
        assert "/interact?do=follow" not in (await site.admin.get(path)).text
    for reader in (site.nobody, site.member, site.admin):
        assert 'data-copy="@mia@testserver"' in (await reader.get("/@mia")).text


async def test_visitors_find_the_buttons(site: Site) -> None:
    await rows.make_post(site.member.me)
    front = (await site.nobody.get("/local")).text
    assert 'href="/sign-in"' in front
    assert 'href="/sign-up"' not in front, "nobody may sign up here"
    await domains.edit_domain(domain=site.domain, sign_up_mode=SignUpMode.open)
    assert 'href="/sign-up"' in (await site.nobody.get("/local")).text
    for path, button in (
        ("/@mia", 'rel="nofollow">Follow<'),
        ("/local", 'rel="nofollow" aria-label="Reply, 0'),
    ):
        page = (await site.nobody.get(path)).text
        link = re.search(rf'href="(/interact\?[^"]*uri=[^"]+)"[^>]*{button}', page)
        assert link, path
        choice = await site.nobody.get(html.unescape(link[1]))
        assert "/sign-in?next=%2Fauthorize_interaction%3Furi%3D" in choice.text
        async with outbound(resolve={"far.test": "127.0.0.1"}):  # where nobody listens
            answer = await site.nobody.post(html.unescape(link[1]), {"server": "Far.test"})
        assert 'href="https://far.test/authorize_interaction?uri=https%3A%2F%2Ftestserver' in answer.text
        for wrong in ("", "not a host", "javascript:alert(1)", "a/b", "x" * 400):
            assert (await site.nobody.post(html.unescape(link[1]), {"server": wrong})).status_code == 422
        own = await site.member.get(html.unescape(link[1]))
        assert own.headers["location"].startswith("/authorize_interaction?uri=")


async def test_previews_contain_public_content_and_nothing_behind_warnings(site: Site) -> None:
    plain = await rows.make_post(site.member.me, content='<p>Seen "it"</p>')
    warned = await rows.make_post(site.member.me, content="<p>The butler</p>", content_warning="Ending")
    quiet = await rows.make_post(site.member.me, Visibility.followers, content="<p>Hush</p>")
    said = _meta((await site.nobody.get(f"/@mia/{plain.pk}")).text)
    assert said["og:description"] == 'Seen "it"'
    assert said["og:title"] == "Mia (@mia@testserver)"
    assert said["twitter:card"] == "summary"
    assert _meta((await site.nobody.get(f"/@mia/{warned.pk}")).text)["og:description"] == "Ending"
    assert "og:title" not in _meta((await site.member.get(f"/@mia/{quiet.pk}")).text)
    assert _meta((await site.nobody.get("/local")).text)["og:title"] == "Local · The testserver"
    profile = (await site.nobody.get("/@mia")).text
    assert _meta(profile)["og:type"] == "profile"
    assert 'type="application/rss+xml" title="Posts" href="/@mia/feed.rss"' in profile


async def test_signed_out_pages_offer_to_sign_in(site: Site) -> None:
    """An admin whose session had ended was told that there is no such page, and nothing else."""
    link = 'href="/sign-in?next=%2Fadmin%3Fa%3D1"'
    gone = await site.nobody.get("/admin?a=1")
    assert (gone.status_code, link in gone.text) == (404, True)
    gone = await site.member.get("/admin?a=1")
    assert (gone.status_code, "/sign-in" in gone.text) == (404, False)


async def test_a_feed_has_what_a_visitor_reads(site: Site) -> None:
    await rows.make_post(site.member.me, content="<p>One &amp; \x0btwo</p>")
    await rows.make_post(site.member.me, content="<p>The butler</p>", content_warning="<Ending>")
    for hidden in (Visibility.followers, Visibility.mentioned, Visibility.local_only):
        await rows.make_post(site.member.me, hidden, content="<p>Hush</p>")
    answer = await site.member.get("/@mia/feed.rss")
    assert answer.headers["content-type"].startswith("application/rss+xml")
    assert answer.headers["cache-control"] in ("public, max-age=300",)
    items = ElementTree.fromstring(answer.text).findall("./channel/item")
    assert [item.findtext("description") for item in items] == [
        "<p>&lt;Ending&gt;</p>",
        "<p>One &amp; two</p>",
    ]
    assert (await site.nobody.get("/@nobody/feed.rss")).status_code == 404
    await rows.make_remote("rob")
    assert (await site.nobody.get("/@rob@far.test/feed.rss")).status_code == 404
    await site.moderator.post(f"/admin/people/{site.member.me.pk}/restrict", {"restriction": "suspended"})
    assert (await site.nobody.get("/@mia/feed.rss")).status_code == 404


async def test_robots_and_the_icon(site: Site) -> None:
    robots = await site.nobody.get("/robots.txt")
    assert "Disallow: /admin" in robots.text
    icon = await site.nobody.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/x-icon"
    assert icon.content.startswith(b"\0\0\1\0")


async def test_details_of_errors_are_shown_in_development_only(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Traceback" not in (await site.nobody.get("/@nobody")).text
    monkeypatch.setattr("core.asgi.failures.config", lambda: type("Dev", (), {"debug": True}))
    page = (await site.nobody.get("/@nobody?a=%26")).text
    assert "Traceback" in page
    assert "SQL statements of this request" in page
    assert 'href="?a=%26&amp;profile"' in page
    assert not config().debug


NO_HASHTAGS = ("a%2Fb", "100%25", "blender 3d", "2024", "%F0%9F%90%88", "%23", "x" * 101)


@pytest.mark.parametrize("name", NO_HASHTAGS)
async def test_names_that_no_hashtag_can_have_have_no_page(site: Site, name: str) -> None:
    for path in (f"/tags/{name}", f"/@mia/tagged/{name}"):
        answer = await site.nobody.get(path)
        assert answer.status_code == 404, path
        assert "<title>" in answer.text
    for path in (f"/api/v1/tags/{name}", f"/tags/{name}"):
        answer = await site.nobody.get(path, headers={"accept": "application/activity+json"})
        assert answer.status_code == 404, path
    # like Mastodon: a timeline of nothing
    answer = await site.nobody.get(f"/api/v1/timelines/tag/{name}")
    assert answer.status_code == (404 if name == "a%2Fb" else 200)
    assert name == "a%2Fb" or answer.json() == []


@pytest.mark.parametrize(
    "name", ["cats", "%23cats", "Gr%C3%B6%C3%9Fe", "%EF%BC%A3ats", "%E6%97%A5%E6%9C%AC", "3d"]
)
async def test_names_that_a_hashtag_can_have_have_a_page(site: Site, name: str) -> None:
    for path in (f"/tags/{name}", f"/@mia/tagged/{name}"):
        assert (await site.nobody.get(path)).status_code == 200, path


async def test_a_featured_hashtag_leads_to_the_posts_of_its_person(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the API gives its address: only what the reader may see, page by page."""
    tag = await Hashtag.objects.acreate(name="猫", display_name="猫")
    tagged = [await rows.make_post(site.member.me, content=f"<p>number {n}</p>") for n in range(25)]
    hidden = await rows.make_post(site.member.me, Visibility.followers, content="<p>psst</p>")
    others = await rows.make_post(site.admin.me, content="<p>by others</p>")
    for post in (*tagged, hidden, others):
        await PostTag.objects.acreate(post=post, hashtag=tag)
    await rows.make_post(site.member.me, content="<p>without</p>")
    await FeaturedTag.objects.acreate(identity=site.member.me, hashtag=tag)
    featured = (await site.nobody.http.get(f"/api/v1/accounts/{site.member.me.pk}/featured_tags")).json()
    path = featured[0]["url"].removeprefix("https://testserver")
    assert path == "/@mia/tagged/%E7%8C%AB"
    first = await site.nobody.get(path)
    assert first.status_code == 200
    assert ">number 24<" in first.text
    assert 'aria-current="page">#猫</a>' in first.text
    for absent in (">psst<", ">by others<", ">without<", ">number 0<"):
        assert absent not in first.text, absent
    older = re.search(r'href="(\?max_id=[^"]+|/@mia/tagged/[^"]*max_id=[^"]+)"', first.text)
    assert older
    address = html.unescape(older[1])
    second = await site.nobody.get(address if address.startswith("/") else path + address)
    assert ">number 0<" in second.text
    assert (await site.nobody.get("/@mia/tagged/nothing")).status_code == 200
    for wrong in ("/@nobody/tagged/x", "/@mia/tagged/a%20b", "/@mia/tagged/100%25"):
        assert (await site.nobody.get(wrong)).status_code == 404, wrong
