"""Preview cards of linked pages, and the embedding of our posts elsewhere."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest

from activities.media.models import Attachment
from activities.posts.models import Post, Visibility
from activities.previews.handlers import fetch, remove_unused_cards
from activities.previews.models import CardGraph, PreviewCard
from activities.previews.pages import creator_of, decode_page, oembed_fields, page_fields, read_head
from activities.previews.services import first_link
from activities.publishing.handlers.linked_posts import fetch_linked_post
from core.db import async_atomic
from federation.models import SystemKey
from tests.activities import people as rows
from tests.api.support.world import World
from tests.core.http_peers import Peer, Request, answer, serve
from tests.support.peers import MastodonPeer, Reply, outbound
from tests.users.support import key_pair
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio

PAGE = """<!doctype html><html lang="en"><head><title>Plain &amp; simple</title>
<meta property="og:title" content="Big <b>News</b> &amp; more"><meta property="og:description" content="All of it">
<meta property="og:image" content="/picture.png"><meta property="og:image:alt" content="a hill">
<meta property="og:image:width" content="640"><meta property="og:site_name" content="The Daily">
<meta property="article:published_time" content="2026-01-02T03:04:05Z">
<link rel="alternate" type="application/json+oembed" href="/oembed?x=1"></head><body><meta property="og:title" content="no"></body></html>"""
OEMBED = {
    "type": "video",
    "author_name": "Someone<script>alert(1)</script>",
    "author_url": "javascript:alert(1)",
    "html": '<script>bad()</script><iframe src="https://video.test/e/1" onload="x()"></iframe>',
    "width": 480,
    "height": 270,
}


@pytest.fixture
async def site() -> AsyncIterator[Peer]:
    async def pages(request: Request, writer: Any) -> None:
        path = request.target.partition("?")[0]
        bodies = {
            "/news": answer(200, PAGE.encode(), "Content-Type: text/html; charset=utf-8\r\n"),
            "/oembed": answer(200, json.dumps(OEMBED).encode(), "Content-Type: application/json\r\n"),
            "/file": answer(200, b"%PDF", "Content-Type: application/pdf\r\n"),
            "/bare": answer(200, b"<html></html>", "Content-Type: text/html\r\n"),
        }
        await bodies.get(path, answer(404))(request, writer)

    async with serve(pages) as peer:
        yield peer


@pytest.fixture
async def pages() -> AsyncIterator[Peer]:
    """A site whose `pages` are HTML by path."""
    found: dict[str, str] = {}

    async def page(request: Request, writer: Any) -> None:
        body = found.get(request.target, "").encode()
        await answer(200, body, "Content-Type: text/html\r\n")(request, writer)

    async with serve(page) as peer:
        peer.pages = found  # type: ignore[attr-defined]
        yield peer


async def _fetched(card: PreviewCard) -> str:
    """What the worker makes of it."""
    with_outcome = await fetch(card)
    if with_outcome.effect is not None:
        async with async_atomic():
            await with_outcome.effect()
    return with_outcome.state.name if with_outcome.state else with_outcome.kind.value


async def test_one_card_for_all_posts_with_the_link(world: World, site: Peer) -> None:
    first = await world.post(world.ada, f"see {site.url}/news#part @bea #tag")
    second = await world.post(world.bea, f"and {site.url}/news")
    card = await PreviewCard.objects.aget()
    assert (await Post.objects.aget(pk=first.pk)).card_id == (await Post.objects.aget(pk=second.pk)).card_id
    shown = await world.nobody.get(f"/api/v1/statuses/{first.pk}", "Status")
    assert shown["card"] is None
    await world.nobody.refused("GET", f"/api/v1/statuses/{first.pk}/card", 404, "Record not found")
    async with outbound():
        assert await _fetched(card) == CardGraph.fetched.name
    for path in (f"/api/v1/statuses/{first.pk}", f"/api/v1/statuses/{second.pk}"):
        shown = (await world.nobody.get(path, "Status"))["card"]
        assert shown["title"] == "Big <b>News</b> & more"
        assert (shown["description"], shown["provider_name"]) == ("All of it", "The Daily")
        assert shown["image"].startswith("https://testserver/media/r/c")
        assert shown["published_at"] == "2026-01-02T03:04:05.000Z"
        assert shown["type"] == "video"
        assert shown["html"].startswith('<iframe src="https://video.test/e/1"')
        assert "onload" not in shown["html"]
        assert "script>" not in shown["html"]
        assert shown["authors"] == [{"name": "Someone<script>alert(1)</script>", "url": "", "account": None}]
    assert await world.nobody.get(f"/api/v1/statuses/{first.pk}/card", "PreviewCard") == shown
    assert [request.target for request in site.requests] == ["/news", "/oembed?x=1"]


async def test_a_page_with_a_player_is_a_video(world: World, pages: Peer) -> None:
    """As Bandcamp and PeerTube say it; an oEmbed document that has no player of its own does not hide it."""
    player = '<meta name="twitter:player" content="https://music.test/EmbeddedPlayer/1"><meta name="twitter:player:width" content="350">'
    size = '<meta name="twitter:player:height" content="467"><meta property="og:image:width" content="9">'
    for path, more in (
        ("/one", ""),
        ("/two", f'<link rel="alternate" type="application/json+oembed" href="{pages.url}/o">'),
    ):
        pages.pages[path] = f"<title>A song</title>{player}{size}{more}"  # type: ignore[attr-defined]
    pages.pages["/o"] = '{"type": "link", "provider_name": "Music"}'  # type: ignore[attr-defined]
    pages.pages["/three"] = f"<title>x</title>{player.replace('https', 'http')}"  # type: ignore[attr-defined]
    found = []
    async with outbound():
        for path in ("one", "two", "three"):
            post = await world.post(world.ada, f"{pages.url}/{path}")
            assert (
                await _fetched(await PreviewCard.objects.aget(url=f"{pages.url}/{path}"))
                == CardGraph.fetched.name
            )
            found.append((await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status"))["card"])
    for card in found[:2]:
        assert (card["type"], card["width"], card["height"], card["embed_url"]) == ("video", 350, 467, "")
        assert card["html"].startswith(
            '<iframe src="https://music.test/EmbeddedPlayer/1" width="350" height="467"'
        )
    assert found[1]["provider_name"] == "Music"
    assert (found[2]["type"], found[2]["html"]) == ("link", "")


async def test_pages_without_a_card(world: World, site: Peer) -> None:
    async with outbound():
        for path, state in (("file", "empty"), ("bare", "empty"), ("gone", "failed")):
            await world.post(world.ada, f"{site.url}/{path}")
            assert await _fetched(await PreviewCard.objects.aget(url=f"{site.url}/{path}")) == state, path
    post = await world.post(world.ada, "http://127.0.0.1:1/ nobody there")
    card = await PreviewCard.objects.aget(url="http://127.0.0.1:1/")
    assert (await fetch(card)).reason  # the guard of the real client refuses loopback
    assert (await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status"))["card"] is None


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "undefined", "utf-7", "rot13", "nonsense", "latin1", "utf8"]
)
async def test_a_page_that_names_a_strange_charset_has_its_card(world: World, charset: str) -> None:
    async def page(request: Request, writer: Any) -> None:
        body = f'<meta charset="{charset}"><title>Caf&eacute; {"-a" * 50_000}</title>'.encode()
        await answer(200, body, f"Content-Type: text/html; charset={charset}\r\n")(request, writer)

    async with serve(page) as peer, outbound():
        await world.post(world.ada, f"{peer.url}/x")
        card = await PreviewCard.objects.aget()
        assert await _fetched(card) == CardGraph.fetched.name
        await card.arefresh_from_db()
        assert card.title.startswith("Café -a-a")


def test_charsets_are_those_of_the_web() -> None:
    assert decode_page("Ж".encode("koi8-r"), "text/html; charset=KOI8-R") == "Ж"
    assert decode_page(b"\x80", "text/html; charset=iso-8859-1") == "€"  # which browsers read as windows-1252
    assert decode_page("日".encode("shift_jis"), 'text/html; charset="sjis"') == "日"
    assert decode_page(b'<meta charset="euc-kr">' + "검".encode("euc-kr"), "text/html").endswith("검")
    assert decode_page("\ufeffé".encode(), "text/html; charset=latin1") == "é"


def test_titles_are_unescaped_once() -> None:
    head = read_head(
        '<title>a &amp;lt;b&amp;gt;</title><meta property="og:title" content="The &lt;b&gt; tag &amp;amp; you">',
        "https://x.test/",
    )
    assert page_fields(head)["title"] == "The <b> tag &amp; you"
    assert head.title == "a &lt;b&gt;"


@pytest.mark.parametrize(
    ("html", "frame"),
    [
        ('<iframe src="https://v.test/e?a=1&amp;b=2"></iframe>', "https://v.test/e?a=1&b=2"),
        ("<div><IFRAME width=1 SRC=https://v.test/e></iframe></div>", "https://v.test/e"),
        ('<iframe src="//v.test/e"></iframe>', "https://v.test/e"),
        (
            '<!-- <iframe src="https://no.test/"> --><iframe title=">" src=\'https://v.test/e\'>',
            "https://v.test/e",
        ),
        ("<iframe " * 2500, ""),
        ('<iframe src="http://v.test/e">', ""),
        ('<iframe src="javascript:alert(1)">', ""),
        ("<blockquote>x</blockquote><script src=https://v.test/></script>", ""),
    ],
)
def test_a_video_stays_a_video(html: str, frame: str) -> None:
    fields = oembed_fields({"type": "video", "html": html, "width": 480, "height": 270}, "https://x.test/")
    assert (fields["type"], fields["width"]) == ("video", 480)
    shown = [unescape(src) for src in re.findall(r'src="([^"]*)"', fields.get("html", ""))]
    assert shown == ([frame] if frame else [])


async def test_an_edit_changes_the_card_and_unused_ones_go(world: World) -> None:
    post = await world.post(world.ada, "https://one.test/")
    await world.ada.put(f"/api/v1/statuses/{post.pk}", "Status", data={"status": "https://two.test/"})
    assert (await Post.objects.aget(pk=post.pk)).card_id == (
        await PreviewCard.objects.aget(url="https://two.test/")
    ).pk
    await PreviewCard.objects.all().aupdate(created_at=rows.ago(days=8))
    await remove_unused_cards()
    assert [card.url async for card in PreviewCard.objects.all()] == ["https://two.test/"]
    await world.ada.put(f"/api/v1/statuses/{post.pk}", "Status", data={"status": "https://testserver/@ada"})
    assert (await Post.objects.aget(pk=post.pk)).card_id is None


def test_the_first_link_that_is_no_mention_or_hashtag() -> None:
    html = (
        '<p><a href="https://a.test/@x" class="u-url mention">x</a> <a class="mention hashtag" rel="tag" href="https://a.test/t">t</a>'
        '<a href="https://B.test/Path?a=1&amp;b=2#frag" target="_blank">b</a></p>'
    )
    assert first_link(html) == "https://b.test/Path?a=1&b=2"
    assert first_link('<a href="https://user@b.test/">x</a><a href="gemini://x">y</a>') == ""
    assert first_link("<p>none</p>") == ""


def test_pages_full_of_nonsense_are_read() -> None:
    for html in (
        "",
        "<" * 5000,
        '<meta property="og:title" content="\x00">',
        "<title>" + "x" * 10_000,
        '<meta name="author">',
    ):
        fields = page_fields(read_head(html, "https://x.test/"))
        assert "\x00" not in fields["title"]
        assert len(fields["title"]) <= 500
    assert oembed_fields({"type": "photo", "url": "data:x"}, "https://x.test/") == {"type": "link"}
    assert "html" not in oembed_fields(
        {"type": "video", "html": '<iframe src="http://x">'}, "https://x.test/"
    )
    assert oembed_fields({"type": ["x"], "width": {}, "title": 5}, "https://x.test/") == {"type": "link"}


async def test_our_public_posts_can_be_embedded(world: World) -> None:
    post = await world.post(world.ada, "hello <world>")
    shown = await world.nobody.get("/api/oembed", "OEmbed", params={"url": post.url, "maxwidth": "300"})
    assert (shown["type"], shown["version"], shown["width"]) == ("rich", "1.0", 300)
    [frame] = re.findall(r'<iframe src="https://testserver(/@ada/\d+/embed)"', shown["html"])
    assert "hello &lt;world&gt;" in (await world.http.get(frame)).text
    hidden = await world.post(world.ada, visibility=Visibility.followers)
    remote = await rows.make_post(world.remote)
    for url in (hidden.url, remote.uri, "https://testserver/@ada/1", "nonsense", "https://far.test/"):
        await world.nobody.refused("GET", "/api/oembed", 404, "Record not found", params={"url": url})
    await world.nobody.refused("GET", "/api/oembed", 400)


async def test_files_of_a_deleted_post_can_be_taken_by_the_next(world: World) -> None:

    for params, kept in (({}, True), ({"delete_media": "true"}, False)):
        file = await Attachment.objects.acreate(
            author=world.ada.me, kind="image", url="https://testserver/a.png"
        )
        draft = {"status": "with", "media_ids": [str(file.pk)]}
        status = await world.ada.post("/api/v1/statuses", "Status", json=draft)
        assert [one["id"] for one in status["media_attachments"]] == [str(file.pk)]
        gone = await world.ada.delete(f"/api/v1/statuses/{status['id']}", "Status", params=params)
        assert [one["id"] for one in gone["media_attachments"]] == [str(file.pk)]
        if kept:
            again = await world.ada.post("/api/v1/statuses", "Status", json=draft)
            assert [one["id"] for one in again["media_attachments"]] == [str(file.pk)]
        else:
            await world.ada.refused("POST", "/api/v1/statuses", 422, json=draft)


async def _linked(world: World, peer: MastodonPeer, document: str) -> PreviewCard:
    """The card of a page on the peer that names this document, after all that the worker does."""
    head = f'<head><title>A post</title><link rel="alternate" type="application/activity+json" href="{document}"></head>'
    peer.replies["/@ana/1"] = Reply(200, head.encode(), "text/html")
    await world.post(world.ada, f"see {peer.base_url}/@ana/1")
    card = await PreviewCard.objects.aget()
    assert await _fetched(card) == CardGraph.resolving.name
    outcome = await fetch_linked_post(await PreviewCard.objects.aget())
    assert outcome.state is CardGraph.fetched
    if outcome.effect is not None:
        async with async_atomic():
            await outcome.effect()
    return await PreviewCard.objects.aget()


@pytest.fixture
async def far(world: World) -> AsyncIterator[MastodonPeer]:
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as peer:
        peer.add_actor("ana")
        yield peer


async def test_a_link_to_a_post_leads_to_it_here(world: World, far: MastodonPeer) -> None:
    note = far.note(far.actors["ana"])
    card = await _linked(world, far, note["id"])
    post = await Post.objects.select_related("author").aget(uri=note["id"])
    assert card.post_id == post.pk
    ours = await Post.objects.aget(is_local=True)
    shown = await world.nobody.get(f"/api/v1/statuses/{ours.pk}", "Status")
    assert shown["card"]["url"] == f"{far.base_url}/@ana/1"
    page = (await world.http.get(f"/@ada/{ours.pk}")).text
    assert f'href="/@{post.author.handle}/{post.pk}"' in page
    await Post.objects.filter(pk=post.pk).aupdate(deleted_at=post.created_at)
    page = (await world.http.get(f"/@ada/{ours.pk}")).text
    assert f'href="{far.base_url}/@ana/1"' in page


@pytest.mark.parametrize("named", ["private", "actor", "gone", "elsewhere", "local"])
async def test_a_link_to_anything_else_stays_a_link(world: World, far: MastodonPeer, named: str) -> None:
    ana = far.actors["ana"]
    hidden = far.note(ana, to=[f"{ana.uri}/followers"], cc=[])
    documents = {
        "private": hidden["id"],
        "actor": ana.uri,
        "gone": f"{far.base_url}/gone",
        "elsewhere": "http://127.0.0.2:9/x",
        "local": "http://testserver/users/ada/statuses/1",
    }
    card = await _linked(world, far, documents[named])
    assert card.post_id is None
    assert card.title == "A post"


async def _card_naming(world: World, site: Peer, handle: str, path: str = "by") -> tuple[Post, PreviewCard]:
    """A post with the card of a page that names this author."""
    site.pages[f"/{path}"] = f'<title>An essay</title><meta name="fediverse:creator" content="{handle}">'
    post = await world.post(world.ada, f"{site.url}/{path}")
    card = await PreviewCard.objects.aget(url=f"{site.url}/{path}")
    assert await _fetched(card) == CardGraph.fetched.name
    return post, card


async def test_an_author_here_is_shown_when_they_allow_the_site(world: World, pages: Peer) -> None:
    """Asked whenever the card is shown: who takes the permission back is named no longer."""
    async with outbound():
        post, card = await _card_naming(world, pages, "@bea@testserver")
        _, nobody = await _card_naming(world, pages, "@nobody@testserver", "nobody")
    path = f"/api/v1/statuses/{post.pk}"
    assert (await world.nobody.get(path, "Status"))["card"]["authors"] == []
    assert (await world.nobody.get(path, "Status"))["card"]["missing_attribution"] is False
    assert (await world.bea.get(path, "Status"))["card"]["missing_attribution"] is True
    assert (await PreviewCard.objects.aget(pk=nobody.pk)).creator_id is None
    for domains, is_named in ((["other.test"], False), ([card.host], True), ([], False)):
        await world.bea.patch("/api/v1/profile", "Profile", json={"attribution_domains": domains})
        shown = (await world.bea.get(path, "Status"))["card"]
        assert bool(shown["authors"]) == is_named, domains
        assert shown["missing_attribution"] is not is_named
        page = (await world.http.get(f"/@ada/{post.pk}")).text
        assert ('<a href="/@bea"' in page) == is_named
        if is_named:
            [author] = shown["authors"]
            assert author["account"]["acct"] == "bea"
            assert "By <a" in page


async def test_a_subdomain_of_an_allowed_site_may_name_its_author(world: World) -> None:
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(attribution_domains=["news.test"])
    for host, is_named in (
        ("news.test", True),
        ("www.news.test", True),
        ("fakenews.test", False),
        ("test", False),
    ):
        card = await PreviewCard.objects.acreate(
            url=f"https://{host}/", host=host, title="An essay", state="fetched", creator_id=world.bea.me.pk
        )
        post = await rows.make_post(world.ada.me, card=card)
        shown = (await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status"))["card"]
        assert bool(shown["authors"]) == is_named, host
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(restriction=Restriction.suspended)
    shown = (await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status"))["card"]
    assert shown["authors"] == []


async def test_an_author_elsewhere_is_looked_up(world: World, far: MastodonPeer, pages: Peer) -> None:
    """Also one who was stored before they allowed the site; what their own server says counts."""
    ana = far.actors["ana"]
    ana.extra["attributionDomains"] = [pages.url.removeprefix("http://").upper(), 5, "not a host"]
    known = await rows.make_remote("ana", host="far.test", uri=ana.uri, fetched_at=rows.ago(days=3))
    post, card = await _card_naming(world, pages, "ana@far.test")
    card = await PreviewCard.objects.aget(pk=card.pk)
    assert card.creator_id == known.pk
    [author] = (await world.nobody.get(f"/api/v1/statuses/{post.pk}", "Status"))["card"]["authors"]
    assert author["account"]["id"] == str(known.pk)
    assert (await Identity.objects.aget(pk=known.pk)).attribution_domains == [card.host]


@pytest.mark.parametrize("handle", ["", "ana", "@ana@", "a b@far.test", "@<b>@x.test/", "@a@b@far.test"])
def test_names_that_are_no_handles_are_nobodys(handle: str) -> None:
    head = read_head(f'<meta name="fediverse:creator" content="{handle}">', "https://x.test/")
    assert creator_of(head) == ""
