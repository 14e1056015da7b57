"""Captions of films and sounds: sent with the composer and the form of an edit, shown in players, sent to other servers and read from theirs."""

import html
import re
from typing import Any

import pytest

from activities.media.models import Attachment, Captions
from activities.posts.models import Post, Visibility
from activities.publishing.activitypub import parse_post
from activities.publishing.services.receiving import receive_post
from core.db import sql
from federation.models import Policy
from federation.peers import set_policy
from tests.activities import people as rows
from tests.core.http_peers import answer, redirect, serve
from tests.pages.conftest import Site
from tests.support.peers import outbound

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
WORDS = "WEBVTT\n\n00:01.000 --> 00:02.500\nHello <script>alert(1)</script>there\n"
CLEAN = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello alert(1)there\n"


async def film(site: Site, kind: str = "video") -> Attachment:
    return await Attachment.objects.acreate(
        author=site.member.me, kind=kind, url="https://testserver/media/a.mp4", media_type="video/mp4"
    )


async def send(site: Site, item: Attachment, path: str = "/compose", **more: Any) -> str:
    """Post the form with the film; return where the answer leads, or its page."""
    files = more.pop("files", None)
    form = {"text": "A film", "visibility": "0", "media": str(item.pk), **more}
    done = await site.member.post(path, form, files=files, headers=PAGE)
    return done.headers.get("location", done.text)


def track(page: str) -> str:
    found = re.search(r'<track kind="captions" src="([^"]+)"', page)
    return found[1] if found else ""


async def test_captions_are_chosen_or_typed_and_shown(site: Site) -> None:
    item = await film(site)
    chosen = {f"captions_file_{item.pk}": ("a.vtt", WORDS.encode(), "text/vtt")}
    where = await send(site, item, files=chosen, **{f"captions_language_{item.pk}": "de"})
    page = (await site.nobody.get(where, headers=PAGE)).text
    assert re.search(r'<track[^>]+srclang="de"[^>]+label="Deutsch"', page)
    found = await site.nobody.get(track(page))
    assert (found.status_code, found.text) == (200, CLEAN)
    assert found.headers["content-type"] == "text/vtt; charset=utf-8"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["access-control-allow-origin"] == "*", "players of other servers load them"
    assert "immutable" in found.headers["cache-control"]

    post = await Post.objects.aget()
    note = (await site.nobody.get(post.uri, headers={"Accept": "application/activity+json"})).json()
    address = f"https://testserver{track(page)}"
    assert note["attachment"][0]["subtitleLanguage"] == [
        {"identifier": "de", "name": "German", "url": address}
    ]

    edit = f"/posts/{post.pk}/edit"
    form = (await site.member.get(edit, headers=PAGE)).text
    assert "Captions: Deutsch" in form
    typed = {"with_files": "1", f"captions_{item.pk}": WORDS.replace("Hello", "Bye")}
    await send(site, item, edit, **typed)
    page = (await site.nobody.get(where, headers=PAGE)).text
    assert "Bye" in (await site.nobody.get(track(page))).text
    assert (await site.nobody.get(address)).status_code == 404, "another address after each change"
    assert (await Post.objects.aget()).edited_at
    await send(site, item, edit, with_files="1")
    assert track((await site.nobody.get(where, headers=PAGE)).text), "said nothing of them"
    await send(site, item, edit, with_files="1", **{f"captions_remove_{item.pk}": "on"})
    assert not track((await site.nobody.get(where, headers=PAGE)).text)
    assert not await Captions.objects.aexists()


def typed_in(page: str, item: Attachment) -> str:
    found = re.search(
        rf'<textarea\s+id="captions_{item.pk}"[^"]+(?:"[^"]*"[^">]*)+>(.*?)</textarea>', page, re.DOTALL
    )
    assert found
    return html.unescape(found[1])


async def test_an_edit_shows_the_captions_to_be_changed(site: Site) -> None:
    """Sent as they are, they are no change; emptied, they are removed; what can't be read stays to be mended."""
    item = await film(site)
    name = f"captions_{item.pk}"
    language = {f"captions_language_{item.pk}": "de"}
    where = await send(site, item, **{name: WORDS}, **language)
    address = track((await site.nobody.get(where, headers=PAGE)).text)
    edit = f"/posts/{(await Post.objects.aget()).pk}/edit"
    page = (await site.member.get(edit, headers=PAGE)).text
    assert typed_in(page, item) == CLEAN
    shown = {"with_files": "1", f"captions_shown_{item.pk}": "yes", **language}
    assert f'name="captions_shown_{item.pk}"' in page
    await send(site, item, edit, **shown, **{name: CLEAN.replace("\n", "\r\n")})
    assert track((await site.nobody.get(where, headers=PAGE)).text) == address
    assert not (await Post.objects.aget()).edited_at, "nothing changed"
    page = await send(site, item, edit, **shown, **{name: "Not captions"})
    assert "These are not captions" in page
    assert typed_in(page, item) == "Not captions"
    await send(site, item, edit, **shown, **{name: CLEAN.replace("Hello", "Bye")})
    assert "Bye" in typed_in((await site.member.get(edit, headers=PAGE)).text, item)
    await send(site, item, edit, **shown, **{name: ""})
    assert not await Captions.objects.aexists()
    page = (await site.member.get(edit, headers=PAGE)).text
    assert typed_in(page, item) == ""
    assert "captions_shown_" not in page


async def test_captions_of_others_are_not_shown_in_a_form(site: Site) -> None:
    item = await film(site)
    await send(site, item, only_upload="1", **{f"captions_{item.pk}": WORDS})
    page = (
        await site.moderator.post("/compose", {"media": str(item.pk), "only_upload": "1"}, headers=PAGE)
    ).text
    assert "Hello alert" not in page
    page = await send(site, item, only_upload="1")
    assert typed_in(page, item) == CLEAN, "of its author"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "These are not captions"),
        (b"<html>WEBVTT</html>", "These are not captions"),
        (b"WEBVTT\n\nno cue at all", "These are not captions"),
        (WORDS.encode() + b"\nNOTE x" * 50_000, "Captions can have at most 256 KB."),
    ],
)
async def test_other_files_are_refused(site: Site, content: bytes, words: str) -> None:
    item = await film(site)
    chosen = {f"captions_file_{item.pk}": ("a.vtt", content, "text/vtt")}
    assert words in await send(site, item, files=chosen)
    assert not await Post.objects.aexists()
    assert not await Captions.objects.aexists()


async def test_only_own_films_and_sounds_have_captions(site: Site) -> None:
    for item in (await film(site, "image"), await film(site, "gifv")):
        page = await send(site, item, only_upload="1")
        assert "captions_file_" not in page
        await send(site, item, **{f"captions_{item.pk}": WORDS})
    other = await Attachment.objects.acreate(
        author=site.moderator.me, kind="video", url="https://testserver/media/b.mp4"
    )
    await send(site, other, **{f"captions_{other.pk}": WORDS})
    assert not await Captions.objects.aexists()
    sound = await film(site, "audio")
    where = await send(site, sound, **{f"captions_{sound.pk}": WORDS})
    assert track((await site.nobody.get(where, headers=PAGE)).text)


async def test_captions_go_with_their_film(site: Site) -> None:
    item = await film(site)
    await send(site, item, only_upload="1", **{f"captions_{item.pk}": WORDS})
    assert await Captions.objects.aexists()
    await sql.run("DELETE FROM activities_attachment")
    assert not await Captions.objects.aexists()


async def test_captions_of_peertube_come_from_our_address(site: Site) -> None:
    """Fetched when somebody who sees the post turns them on, cleaned like our own."""
    ana = await rows.make_remote("ana")
    talk = answer(200, WORDS.encode(), "Content-Type: text/plain\r\n")
    async with serve(talk) as peer, outbound(resolve={"far.test": "127.0.0.1"}):
        base = f"http://far.test:{peer.port}"
        links = [
            {"type": "Link", "mediaType": "application/x-mpegURL", "href": f"{base}/en.m3u8"},
            {"type": "Link", "mediaType": "text/vtt", "href": f"{base}/en.vtt"},
        ]
        document = {
            "id": "https://far.test/videos/1", "type": "Video", "name": "A film", "content": "<p>Words</p>",
            "attributedTo": "https://far.test/users/ana", "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "published": "2026-01-01T00:00:00Z",
            "url": [{"type": "Link", "mediaType": "video/mp4", "href": f"{base}/a.mp4", "height": 720}],
            "subtitleLanguage": [
                {"identifier": "fr", "name": "French", "url": f"{base}/fr.vtt"},
                {"identifier": "en", "name": "English", "url": links},
                {"identifier": "de", "url": "javascript:alert(1)"}, "nonsense", {"url": 5},
            ],
        }  # fmt: skip
        post = await receive_post(author=ana, document=parse_post(document))
        assert post is not None
        path = f"/@ana@far.test/{post.pk}"
        page = (await site.member.get(path, headers=PAGE)).text
        tracks = re.findall(r'<track kind="captions" src="([^"]+)"\s+srclang="(\w+)"', page)
        assert [language for _, language in tracks] == ["fr", "en"]
        assert "<track" not in (await site.nobody.get(path, headers=PAGE)).text
        assert not peer.requests, "nobody turned them on"
        found = await site.member.get(tracks[1][0])
        assert (found.text, found.headers["content-type"]) == (CLEAN, "text/vtt; charset=utf-8")
        assert [one.target for one in peer.requests] == ["/en.vtt"]
        assert (await site.member.get(tracks[1][0].replace("/1.vtt", "/2.vtt"))).status_code == 404
        assert (await site.nobody.get(tracks[0][0])).status_code == 303
        await Post.objects.filter(pk=post.pk).aupdate(visibility=Visibility.mentioned)
        assert (await site.member.get(tracks[0][0])).status_code == 404, "no longer visible"


async def test_refused_captions_open_their_field_and_have_the_focus(site: Site) -> None:
    item = await film(site)
    for name, wrong in (
        (f"captions_{item.pk}", {f"captions_{item.pk}": "no captions at all"}),
        (f"captions_file_{item.pk}", {"files": {f"captions_file_{item.pk}": ("a.vtt", b"none", "text/vtt")}}),
    ):
        page = await send(site, item, **wrong)
        panel = page.partition('<details class="captions"')[2].partition("</details>")[0]
        assert panel.lstrip().startswith("open")
        assert f'id="captions_error_{item.pk}"' in panel
        focused = [tag for tag in re.findall(r"<(?:input|textarea)[^>]*>", page) if "autofocus" in tag]
        assert [re.findall(r'name="(\w+)"', tag) for tag in focused] == [[name]]
        assert 'aria-invalid="true"' in focused[0]
        assert f'aria-describedby="captions_error_{item.pk}"' in focused[0]
    page = await send(site, item, visibility="9")
    assert '<details class="captions" open' not in page, "something else is wrong"


async def test_captions_from_a_server_whose_media_is_refused_are_not_shown(site: Site) -> None:
    """Neither at their address nor where it leads."""
    ana, talk = await rows.make_remote("ana"), answer(200, WORDS.encode(), "Content-Type: text/vtt\r\n")
    async with (
        serve(talk) as refused,
        serve(redirect(f"http://bad.test:{refused.port}/a.vtt")) as first,
        outbound(resolve={"far.test": "127.0.0.1", "bad.test": "127.0.0.1"}),
    ):
        post = await rows.make_post(ana)
        item = await Attachment.objects.acreate(
            author=ana, post=post, kind="video", url="https://far.test/a.mp4",
            captions=[{"language": "", "url": f"http://far.test:{first.port}/a.vtt"}],
        )  # fmt: skip
        path = f"/posts/{post.pk}/captions/{item.pk}/0.vtt"
        assert (await site.member.get(path)).text == CLEAN
        await set_policy(host="bad.test", policy=Policy.open, reject_media=True)
        assert (await site.member.get(path)).status_code == 404
