"""RSS and Atom: of people, hashtags and lists. Nothing in them that not everybody may read."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from activities.lists import services as lists
from activities.media.models import Attachment
from activities.posts.models import Visibility
from activities.tags.models import Hashtag, PostTag
from federation.media.addresses import RequestedFile
from federation.models import RemoteFile, RemoteFileKind
from tests.activities import people as rows
from tests.pages.conftest import Site
from tests.pages.posts.test_writing import WORDS, picture
from tests.support.queries import counted
from users.domains import services as domains
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_ATOM = "{http://www.w3.org/2005/Atom}"
_MEDIA = "{http://search.yahoo.com/mrss/}"


def _texts(body: str) -> list[str]:
    root = ElementTree.fromstring(body)
    entries: Iterator[ElementTree.Element] = root.iter(f"{_ATOM}entry")
    found = [str(entry.findtext(f"{_ATOM}summary")) for entry in entries]
    return found or [str(item.findtext("description")) for item in root.iter("item")]


async def _in_every_visibility(author: Identity) -> None:
    for visibility in Visibility:
        await rows.make_post(author, visibility, content=f"<p>{visibility.name}</p>")


@pytest.mark.parametrize("kind", ["rss", "atom"])
async def test_tabs_of_a_person_are_feeds(site: Site, kind: str) -> None:
    mia, other = site.member.me, await rows.make_post(site.admin.me)
    await rows.make_post(mia, content="<p>alone</p>")
    await rows.make_post(mia, content="<p>answer</p>", in_reply_to=other)
    shown = await rows.make_post(mia, content="<p>picture</p>")
    covered = await rows.make_post(mia, content="<p>covered</p>", is_sensitive=True)
    for post in (shown, covered):
        await Attachment.objects.acreate(
            author=mia,
            post=post,
            kind="image",
            url=f"https://media.far.test/{post.pk}.png",
            media_type="image/png",
        )
    for tab, wanted in (
        ("feed", ["covered", "picture", "alone"]),
        ("replies", ["covered", "picture", "answer", "alone"]),
        ("media", ["covered", "picture"]),
    ):
        answer = await site.nobody.get(f"/@mia/{tab}.{kind}")
        assert answer.headers["content-type"].startswith(f"application/{kind}+xml")
        assert _texts(answer.text) == [f"<p>{text}</p>" for text in wanted], tab
        assert answer.text.count("image/png") == 2, "covered media are left out"
    for wrong in ("/@mia/nothing.rss", "/@mia/feed.xml", "/tags/x.json", "/@mia/collections.rss"):
        assert (await site.nobody.get(wrong)).status_code == 404, wrong


async def test_every_file_of_an_item_is_described(site: Site) -> None:
    """RSS has one enclosure per item, and feeds without titles are lists of nothing in some readers."""
    mia = site.member.me
    worded, bare = await rows.make_post(mia, content="<p>Two owls</p>"), await rows.make_post(mia, content="")
    for post, description in ((worded, "An <owl>"), (worded, ""), (bare, "A wren")):
        await Attachment.objects.acreate(
            author=mia,
            post=post,
            kind="image",
            url=f"https://media.far.test/{description[-3:]}.png",
            media_type="image/png",
            description=description,
            width=30,
            height=20,
        )
    root = ElementTree.fromstring((await site.nobody.get("/@mia/media.rss")).text)
    items = {str(item.findtext("title")): item.findall(f"{_MEDIA}content") for item in root.iter("item")}
    assert [len(files) for files in items.values()] == [1, 2]
    bare_title, worded_title = items
    assert bare_title.startswith("Picture by ")
    assert worded_title == "Two owls"
    first, second = items["Two owls"]
    assert first.findtext(f"{_MEDIA}description") == "An <owl>"
    assert second.find(f"{_MEDIA}description") is None
    assert (first.get("medium"), first.get("type"), first.get("width")) == ("image", "image/png", "30")


@pytest.mark.parametrize("kind", ["rss", "atom"])
async def test_files_have_their_size_and_description(site: Site, kind: str) -> None:
    """The size of an upload, and of a remote file that we have a copy of. RSS requires a length, which is 0 if nobody knows it."""
    tag = await Hashtag.objects.acreate(name="owls", display_name="owls")
    far = await rows.make_remote("far", "far.test")
    copied, unknown = "https://far.test/copied.mp3", "https://far.test/unknown.mp3"
    for author, url, size in (
        (site.member.me, "https://testserver/media/own.mp3", 5000),
        (far, copied, 0),
        (far, unknown, 0),
    ):
        post = await rows.make_post(author)
        await PostTag.objects.acreate(post=post, hashtag=tag)
        await Attachment.objects.acreate(
            author=author,
            post=post,
            kind="audio",
            url=url,
            media_type="audio/mpeg",
            bytes=size,
            description="An <owl>",
        )
    key = RequestedFile(copied, RemoteFileKind.attachment, "far.test").key
    await RemoteFile.objects.acreate(
        key=key,
        url=copied,
        host="far.test",
        kind="attachment",
        file="a.mp3",
        media_type="audio/mpeg",
        bytes=7000,
    )
    root = ElementTree.fromstring((await site.nobody.get(f"/tags/owls.{kind}")).text)
    if kind == "rss":
        lengths = [one.get("length") for one in root.iter("enclosure")]
        assert lengths == ["0", "7000", "5000"]
    else:
        links = [one for one in root.iter(f"{_ATOM}link") if one.get("rel") == "enclosure"]
        assert [one.get("length") for one in links] == [None, "7000", "5000"]
        assert {one.get("title") for one in links} == {"An <owl>"}
    described = list(root.iter(f"{_MEDIA}content"))
    assert [one.get("fileSize") for one in described] == [None, "7000", "5000"]
    assert {one.findtext(f"{_MEDIA}description") for one in described} == {"An <owl>"}


@pytest.mark.slow
async def test_the_size_of_an_upload_is_that_of_the_file_that_is_served(site: Site) -> None:
    sent = {"file_1": ("a.png", picture(), "image/png")}
    assert (await site.member.post("/compose", WORDS, files=sent)).status_code == 303
    file = await Attachment.objects.aget()
    feed = ElementTree.fromstring((await site.nobody.get("/@mia/feed.rss")).text)
    served = await site.nobody.http.get(urlsplit(file.url).path)
    assert served.status_code == 200
    assert [one.get("length") for one in feed.iter("enclosure")] == [str(len(served.content))]


async def test_no_feed_has_what_is_not_public_whoever_asks(site: Site) -> None:
    await _in_every_visibility(site.member.me)
    for path in ("/@mia/feed.atom", "/@mia/replies.rss", "/@mia/media.rss"):
        for visitor in (site.nobody, site.member):
            texts = _texts((await visitor.get(path)).text)
            assert set(texts) <= {"<p>public</p>", "<p>unlisted</p>"}, path


async def test_a_hashtag_is_a_feed(site: Site) -> None:
    tag = await Hashtag.objects.acreate(name="moss", display_name="Moss")
    for visibility in Visibility:
        post = await rows.make_post(site.member.me, visibility, content=f"<p>{visibility.name}</p>")
        await PostTag.objects.acreate(post=post, hashtag=tag)
    answer = await site.nobody.get("/tags/moss.rss")
    assert _texts(answer.text) == ["<p>public</p>"]
    page = (await site.nobody.get("/tags/moss")).text
    assert 'href="/tags/moss.rss"' in page
    await domains.edit_domain(domain=site.domain, is_public=False)
    assert (await site.nobody.get("/tags/moss.rss")).status_code == 404


async def test_visitors_see_where_the_feeds_are(site: Site) -> None:
    await Hashtag.objects.acreate(name="moss", display_name="Moss")
    for path, feed in (("/@mia", "/@mia/feed.rss"), ("/tags/moss", "/tags/moss.rss")):
        page = (await site.nobody.get(path)).text
        assert re.search(rf'<a [^>]*href="{feed}"[^>]*>RSS</a>', page), path
    answer = await site.nobody.get("/@mia.rss")
    assert (answer.status_code, answer.headers["location"]) == (301, "/@mia/feed.rss")


async def test_conditional_requests_get_304(site: Site) -> None:
    await rows.make_post(site.member.me, content="<p>one</p>")
    first = await site.nobody.http.get("/@mia/feed.rss")
    again = await site.nobody.http.get("/@mia/feed.rss", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]
    since = {"If-Modified-Since": first.headers["last-modified"]}
    assert (await site.nobody.http.get("/@mia/feed.rss", headers=since)).status_code == 304
    await rows.make_post(site.member.me, content="<p>two</p>")
    changed = await site.nobody.http.get("/@mia/feed.rss", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    empty = [(await site.nobody.http.get("/@ann/feed.atom")).headers["etag"] for _ in range(2)]
    assert empty[0] == empty[1], "an empty feed stays the same, too"


async def test_a_feed_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = []
    for _ in range(2):
        for _ in range(25):
            await rows.make_post(site.member.me)
        async with counted(monkeypatch) as seen:
            answer = await site.nobody.get("/@mia/feed.rss")
        assert answer.text.count("<item>") == 20
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 4


async def test_a_list_is_a_feed_at_a_secret_address(site: Site) -> None:
    mia, ann = site.member.me, site.admin.me
    await rows.follow(mia, ann)
    made = await lists.create_list(identity=mia, title="Friends & <others>")
    await lists.add_to_list(identity=mia, list_id=made.pk, member_ids=[ann.pk])
    await _in_every_visibility(ann)
    page = await site.member.get(f"/lists/{made.pk}/edit")
    assert "/lists/feeds/" not in page.text
    await site.member.post(f"/lists/{made.pk}/feed")
    first = _address(await _edit_page(site, made.pk))
    for visitor in (site.nobody, site.admin, site.member):
        answer = await visitor.http.get(first)
        assert sorted(_texts(answer.text)) == ["<p>public</p>", "<p>unlisted</p>"], "also for its owner"
        assert answer.headers["cache-control"].startswith("private")
        assert answer.headers["x-robots-tag"] == "noindex"
    number, _, mac = first.rpartition("/")[2].partition("-")
    for forged in (
        f"/lists/feeds/{number}-{'0' * 36}.rss",
        f"/lists/feeds/{int(number) + 1}-{mac}",
        f"/lists/feeds/{number}.rss",
        f"/lists/feeds/{number}-.rss",
        "/lists/feeds/x-y.rss",
        f"/lists/feeds/{'9' * 30}-{mac}",
        f"/lists/feeds/٣-{mac}",
    ):
        assert (await site.nobody.get(forged)).status_code == 404, forged
    await site.member.post(f"/lists/{made.pk}/feed")
    second = _address(await _edit_page(site, made.pk))
    assert second != first
    assert (await site.nobody.get(first)).status_code == 404, "the old address has ended"
    assert (await site.nobody.get(second)).status_code == 200
    await Identity.objects.filter(pk=mia.pk).aupdate(restriction=2)
    assert (await site.nobody.get(second)).status_code == 404
    await Identity.objects.filter(pk=mia.pk).aupdate(restriction=0)
    await site.member.post(f"/lists/{made.pk}/feed/revoke")
    assert (await site.nobody.get(second)).status_code == 404
    assert "/lists/feeds/" not in await _edit_page(site, made.pk)


async def test_nobody_else_opens_or_revokes_a_feed(site: Site) -> None:
    made = await lists.create_list(identity=site.member.me, title="Mine")
    await site.member.post(f"/lists/{made.pk}/feed")
    address = _address(await _edit_page(site, made.pk))
    for path in (f"/lists/{made.pk}/feed", f"/lists/{made.pk}/feed/revoke"):
        assert (await site.admin.post(path)).status_code == 404
        assert (await site.nobody.post(path)).status_code == 303
    assert (await site.nobody.get(address)).status_code == 200


async def test_the_secret_of_a_feed_is_in_no_log(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await lists.create_list(identity=site.member.me, title="Mine")
    await site.member.post(f"/lists/{made.pk}/feed")
    address = _address(await _edit_page(site, made.pk))
    paths: list[str] = []
    monkeypatch.setattr("core.middleware.access.log_request", lambda *, path, **more: paths.append(path))
    assert (await site.nobody.get(address)).status_code == 200
    assert len(paths) == 1
    assert address.partition("-")[2].removesuffix(".atom") not in paths[0]


async def _edit_page(site: Site, list_id: int) -> str:
    return (await site.member.get(f"/lists/{list_id}/edit")).text


def _address(page: str) -> str:
    return "/lists/feeds/" + page.partition("/lists/feeds/")[2].partition('"')[0]
