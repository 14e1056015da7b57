"""Public pages as search engines and other sites read them: the canonical address, cards, microformats and JSON-LD."""

import html
import json
import re

import pytest

from activities.media.models import Attachment
from activities.posts.models import Visibility
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.domains import services as domains
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio

_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def _meta(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def _canonical(page: str) -> str:
    found = re.findall(r'<link rel="canonical" href="([^"]+)"', page)
    assert len(found) == 1, found
    return html.unescape(found[0])


async def _be_found(person: Identity) -> None:
    await Identity.objects.filter(pk=person.pk).aupdate(is_indexable=True)


async def test_pages_of_the_domain_have_a_card(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, description='Moss & "lichen"')
    for path in ("/", "/local", "/federated", "/explore", "/tags/moss", "/about", "/directory"):
        page = (await site.nobody.get(path)).text
        assert _canonical(page) == f"https://testserver{path}"
        assert _meta(page)["og:type"] == "website", path
        assert _meta(page)["og:description"] == 'Moss & "lichen"', path
    assert 'rel="canonical"' not in (await site.nobody.get("/local?max_id=5")).text
    assert 'rel="canonical"' not in (await site.member.get("/local")).text


async def test_a_picture_is_in_the_card_and_none_that_is_covered(site: Site) -> None:
    for more, is_shown in (({}, True), ({"is_sensitive": True}, False), ({"content_warning": "Eek"}, False)):
        post = await rows.make_post(site.member.me, content="<p>Look</p>", **more)
        await Attachment.objects.acreate(
            author=site.member.me,
            post=post,
            kind="image",
            url="https://media.far.test/a.png",
            width=160,
            height=90,
            description="A spider",
        )
        await _be_found(site.member.me)
        page = (await site.nobody.get(f"/@mia/{post.pk}")).text
        said = _meta(page)
        head = page.partition("</head>")[0]
        assert ("og:image" in said, "spider" in head, "/media/r/" in head) == (is_shown,) * 3
        assert said["twitter:card"] == ("summary_large_image" if is_shown else "summary")
        assert said["fediverse:creator"] == "@mia@testserver"


async def test_a_post_is_an_entry_with_its_data(site: Site) -> None:
    await _be_found(site.member.me)
    evil = "</script><script>window.pwned=1</script>"
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(name=evil)
    post = await rows.make_post(site.member.me, content="<p>Moss is soft</p>", likes_count=3)
    page = (await site.nobody.get(f"/@mia/{post.pk}")).text
    assert _canonical(page) == (post.url or post.uri)
    (found,) = _DATA.findall(page)
    data = json.loads(found)
    assert data["@type"] == "DiscussionForumPosting"
    assert data["text"] == "Moss is soft"
    assert data["author"]["name"] == evil
    assert data["interactionStatistic"][0]["userInteractionCount"] == 3
    assert "<script>window" not in page
    entry = re.search(r"<article.*?</article>", page, re.DOTALL)
    assert entry
    for part in (
        "h-entry",
        "p-author h-card u-url",
        "dt-published",
        "e-content",
        f'u-uid" value="{post.uri}"',
    ):
        assert part in entry[0], part
    assert "noindex" not in page


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_search_engines_read_public_posts_of_people_who_want_that(
    site: Site, visibility: Visibility
) -> None:
    post = await rows.make_post(site.member.me, visibility, content="<p>Moss</p>")
    path = f"/@mia/{post.pk}"
    answer = await site.nobody.get(path)
    assert not _DATA.search(answer.text)
    assert answer.status_code == 404 or "noindex" in answer.text
    await _be_found(site.member.me)
    assert bool(_DATA.search((await site.nobody.get(path)).text)) is (visibility is Visibility.public)
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(restriction=Restriction.limited)
    page = (await site.nobody.get(path)).text
    assert not _DATA.search(page)


async def test_a_warned_post_is_described_by_its_warning(site: Site) -> None:
    await _be_found(site.member.me)
    post = await rows.make_post(site.member.me, content="<p>The butler</p>", content_warning="Ending")
    head = (await site.nobody.get(f"/@mia/{post.pk}")).text.partition("</head>")[0]
    assert "Ending" in head
    assert "butler" not in head


async def test_a_profile_is_a_card_with_links_to_its_persons_pages(site: Site) -> None:
    await _be_found(site.member.me)
    link = '<a href="https://mia.test/" rel="nofollow noopener" target="_blank">mia.test</a>'
    fields = [
        {"name": "Home", "value": link, "source": "https://mia.test/", "verified_at": clock.now().isoformat()}
    ]
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(fields=fields, summary=f"<p>Hi {link}</p>")
    page = (await site.nobody.get("/@mia")).text
    assert '<a href="https://mia.test/" rel="me nofollow noopener"' in page
    assert page.count('rel="me nofollow') == 1, "only of the table, not of the text"
    for part in ("card profile h-card", "p-name", "u-url u-uid", "p-note", "h-feed"):
        assert part in page or part == "h-feed", part
    (found,) = _DATA.findall(page)
    data = json.loads(found)
    assert data["@type"] == "ProfilePage"
    assert data["mainEntity"]["alternateName"] == "@mia@testserver"
    assert _canonical((await site.nobody.get("/@mia/media")).text).endswith("/@mia/media")
    remote = await rows.make_remote("rob")
    page = (await site.nobody.get(f"/@{remote.handle}")).text
    assert _canonical(page) == (remote.profile_url or remote.uri)
    assert "noindex" in page
    assert not _DATA.search(page)
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(restriction=Restriction.suspended)
    page = (await site.nobody.get("/@mia")).text
    assert "og:title" not in page
    assert not _DATA.search(page)


async def test_signed_in_people_get_pages_without_markup_for_programs(site: Site) -> None:
    await rows.make_post(site.member.me)
    assert "h-entry" not in (await site.member.get("/local")).text
    assert "h-entry" in (await site.nobody.get("/local")).text


async def test_the_directory_lists_who_wants_to_be_found(site: Site) -> None:
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(is_discoverable=False)
    page = (await site.nobody.get("/directory")).text
    assert ">@ann@testserver<" in page
    assert ">@mia@testserver<" not in page
    await Identity.objects.filter(pk=site.member.me.pk).aupdate(is_discoverable=True)
    assert ">@mia@testserver<" in (await site.nobody.get("/directory")).text
    assert ">@mia@" not in (await site.nobody.get("/directory?offset=9999999")).text
    assert (await site.nobody.get("/directory?offset=x")).status_code == 400
    await domains.edit_domain(domain=site.domain, is_public=False)
    assert (await site.nobody.get("/directory")).status_code == 404
    assert (await site.member.get("/directory")).status_code == 200
