"""Search on the page: scopes, chips and fields for the operators, and addresses that lead to what they are."""

import html
import re

import pytest

from activities.posts.models import Like, Post
from tests.activities import people as rows
from tests.pages.conftest import Site
from web.search_chips import chips, with_fields

pytestmark = pytest.mark.anyio


async def make_searchable(site: Site, words: str, **more: object) -> Post:
    return await rows.make_post(site.admin.me, content=f"<p>{words}</p>", **more)


def shown(text: str) -> str:
    return text.partition("<main")[2].partition("<aside")[0]


async def test_scopes_narrow_what_is_found(site: Site) -> None:
    await type(site.admin.me).objects.filter(pk=site.admin.me.pk).aupdate(is_indexable=True)
    kept, other = await make_searchable(site, "kestrel here"), await make_searchable(site, "kestrel there")
    await Like.objects.acreate(identity=site.member.me, post=kept)
    everything = shown((await site.member.get("/search?q=kestrel")).text)
    assert everything.count("<article") == 2
    assert 'href="/search?q=kestrel&amp;type=library"' in everything
    mine = shown((await site.member.get("/search?q=kestrel&type=library")).text)
    assert f'id="post-{kept.pk}"' in mine
    assert f'id="post-{other.pk}"' not in mine
    long = {"q": " ".join(["kestrel"] * 21), "type": "library"}  # more words than a search reads
    assert shown((await site.member.get("/search", params=long)).text).count("<article") == 1
    people = shown((await site.member.get("/search?q=ann&type=people")).text)
    assert "@ann" in people
    assert "<article" not in shown((await site.member.get("/search?q=kestrel&type=people")).text)
    assert "Nothing found" in (await site.member.get("/search?q=kestrel&type=hashtags")).text
    visitor = shown((await site.nobody.get("/search?q=kestrel&type=library")).text)
    assert "My library" not in visitor
    assert visitor.count("<article") == 2, "no scope of theirs"


async def test_all_posts_that_match_are_reached(site: Site) -> None:
    """The first page leads to a scope of their own, which goes on to the last one."""
    await type(site.admin.me).objects.filter(pk=site.admin.me.pk).aupdate(is_indexable=True)
    made = [(await make_searchable(site, f"plover {number}")).pk for number in range(45)]
    page = shown((await site.member.get("/search?q=plover")).text)
    assert page.count("<article") == 20
    [address] = re.findall(r'<a class="button quiet" href="([^"]+)">More posts', page)
    found: list[str] = []
    while address:
        page = (await site.member.get(html.unescape(address))).text
        found += re.findall(r'<article[^>]* id="post-(\d+)"', page)
        address = next(iter(re.findall(r'rel="next"\s+href="([^"]+)"', page)), "")
        address = address and f"/search{address}"
    assert found == [str(pk) for pk in reversed(made)]


async def test_people_who_are_found_can_be_followed(site: Site) -> None:
    for scope in ("", "people"):
        page = shown((await site.member.get(f"/search?q=ann&type={scope}")).text)
        assert f'data-follow="{site.admin.me.pk}"' in page, scope


async def test_fields_become_operators_without_scripts(site: Site) -> None:
    answer = await site.member.get("/search?q=gulls+from:me&from=@ann&after=2026-01-31&before=")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/search?q=gulls+from%3A%40ann+after%3A2026-01-31"
    page = shown((await site.member.get(answer.headers["location"])).text)
    chip = r'href="/search\?q=gulls\+from%3A%40ann" aria-current="true"><bdi>after:2026-01-31</bdi>'
    assert re.search(chip, " ".join(page.split())), page


async def test_a_pasted_address_leads_to_what_it_is(site: Site) -> None:
    post = await make_searchable(site, "An owl", url="https://testserver/@ann/1")
    far = await rows.make_remote("rob")
    for address, path in (
        (post.uri, f"/@ann/{post.pk}"),
        (far.uri, "/@rob@far.test"),
        (site.admin.me.uri, "/@ann"),
    ):
        for visitor in (site.member, site.nobody):
            answer = await visitor.get("/search", params={"q": address})
            assert (answer.status_code, answer.headers["location"]) == (303, path)
    hidden = await make_searchable(site, "A secret", visibility=3)
    assert "Nothing found" in (await site.member.get("/search", params={"q": hidden.uri})).text
    assert (await site.member.get("/search?q=@rob@far.test")).status_code == 200, "a handle may mean several"


def test_chips_put_an_operator_in_and_take_it_out() -> None:
    found = {chip.words: chip for chip in chips('"two words" HAS:media in:library', "", is_signed_in=True)}
    assert found["With media"].is_on
    assert found["With media"].path == "/search?q=%22two+words%22+in%3Alibrary"
    assert not found["With a poll"].is_on
    assert found["With a poll"].path.endswith("in%3Alibrary+has%3Apoll")
    assert found["in:library"].is_on, "what has no chip of its own can be taken out, too"
    replies = {chip.words: chip for chip in chips("x is:reply", "", is_signed_in=False)}
    assert replies["No replies"].path == "/search?q=x+-is%3Areply", "both at once find nothing"
    assert "My posts" not in replies


def test_fields_take_no_words() -> None:
    assert with_fields("a", {"from": "b c", "after": '"', "before": "2026-01-01"}) == "a before:2026-01-01"


async def test_values_that_cannot_be_used_are_said(site: Site) -> None:
    page = html.unescape(shown((await site.member.get("/search?q=owl+before:tomorrow+from:nobody")).text))
    assert "“tomorrow” is not a date: write it like 2026-11-30." in page
    assert "There is nobody called “nobody”." in page
    page = shown((await site.member.get("/search?q=owl+before:2026-11-30+from:ann")).text)
    assert 'role="alert"' not in page


async def test_visitors_get_no_chips_for_posts(site: Site) -> None:
    page = shown((await site.nobody.get("/search?q=owl")).text)
    assert "has%3Amedia" not in page
    assert "Author and days" not in page
    assert 'href="/sign-in?next=%2Fsearch%3Fq%3Dowl"' in page
    assert "Sign in to search more posts." not in (await site.member.get("/search?q=owl")).text
