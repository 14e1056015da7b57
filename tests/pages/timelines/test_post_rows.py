"""Rows of timelines, which are rendered once for all readers to whom they look the same."""

import datetime as dt
import re

import pytest

from activities.posts.models import Post
from activities.timelines.models import HomeEntry
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from tests.pages.seed import fill
from users.identities.models import Identity, MediaReading
from web.templatetags import post_rows

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
PATHS = (
    "/home",
    "/local",
    "/federated",
    "/bookmarks",
    "/@mia",
    "/@fan@far.test",
    "/@mallory@evil.test",
    "/search?q=post",
)


async def feed(visitor: Visitor, path: str) -> str:
    """Return the timeline of a page, without tokens, which are others each time."""
    page = (await visitor.get(path, headers=PAGE)).text
    found = re.search(r'<div class="feed.*?</main>', page, re.DOTALL)
    return re.sub(r'value="\w{64}"', "", found[0]) if found else ""


@pytest.mark.slow
async def test_cached_rows_equal_rendered_rows(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(site.domain, site.member.me)
    await Identity.objects.filter(pk=site.admin.me.pk).aupdate(
        opens_warnings=True, expands_media=MediaReading.hide_all
    )
    readers = (site.member, site.moderator, site.admin, site.nobody)

    async def all_feeds() -> list[str]:
        return [await feed(reader, path) for reader in readers for path in PATHS]

    kept = [await all_feeds(), await all_feeds()]
    monkeypatch.setattr(post_rows, "_is_shared", lambda post: False)
    expected = await all_feeds()
    assert sum(one.count("<article") for one in expected) > 60
    assert kept == [expected, expected]


async def post_in_homes(site: Site, **more: object) -> Post:
    post = await rows.make_post(site.moderator.me, content="<p>words</p>", **more)  # type: ignore[arg-type]
    for visitor in (site.member, site.admin):
        await HomeEntry.objects.acreate(identity=visitor.me, post=post)
    return post


async def test_changes_invalidate_cached_rows(site: Site) -> None:
    post = await post_in_homes(site)
    assert 'aria-pressed="true"' not in await feed(site.member, "/home")
    await site.member.post(f"/posts/{post.pk}/like")
    assert 'aria-pressed="true" aria-label="Like, 1 so far"' in await feed(site.member, "/home")
    assert 'aria-label="Like, 1 so far"' in await feed(site.admin, "/home")
    await Post.objects.filter(pk=post.pk).aupdate(content="<p>other words</p>", edited_at=clock.now())
    assert "other words" in await feed(site.admin, "/home")
    await Identity.objects.filter(pk=site.moderator.me.pk).aupdate(name="Renamed")
    assert "Renamed" in await feed(site.admin, "/home")
    later = clock.now() + dt.timedelta(minutes=5) - post.created_at
    with clock.shifted(later):
        assert f">{later // dt.timedelta(minutes=1)} min</time>" in await feed(site.admin, "/home")


async def test_whom_a_post_answers_is_said_to_each_reader(site: Site) -> None:
    parent = await rows.make_post(site.member.me)
    await post_in_homes(site, in_reply_to=parent, mentions=[site.member.me])
    assert "In reply to <bdi>@mia" in await feed(site.admin, "/home")
    assert "In reply to your post" in await feed(site.member, "/home")
    assert "In reply to <bdi>@mia" in await feed(site.admin, "/home")


async def test_a_post_that_several_boosted_is_shown_once(site: Site) -> None:
    """Its row is that of the newest boost, and the next page goes on after the oldest row that was read."""
    fay, bo = [await rows.make_remote(name, name=name.title()) for name in ("fay", "bo")]
    post = await rows.make_post(site.moderator.me, content="<p>boosted twice</p>")
    boosts = [await rows.make_post(one, boost_of=post) for one in (fay, bo, site.admin.me)]
    for one in (post, *boosts):
        await HomeEntry.objects.acreate(identity=site.member.me, post=one)
    home = await feed(site.member, "/home")
    assert home.count("<article") == 1
    assert f'id="post-{boosts[-1].pk}"' in home
    because = " ".join(
        re.sub(r"<[^>]*>", "", home[home.index('class="because"') : home.index("</p>")]).split()
    )
    assert because.endswith("Ann, Bo and 1 other boosted")
    column = (await site.member.get("/columns")).text
    assert column.count(f'data-post="{post.pk}"') == 2  # of Home, and of Local
    older = await feed(site.member, f"/home?max_id={boosts[0].pk + 1}")
    assert older.count("<article") == 1
    assert "Fay" in older


def test_the_row_cache_is_bounded() -> None:
    kept = post_rows._Rows()
    row = "é" * 9_000
    for number in range(200):
        kept.keep(b"%d" % number, row)
    kept.keep(b"long", "x" * 20_001)
    assert sum(len(one) for one in kept._rows.values()) == kept._size <= post_rows._MOST_BYTES
    assert kept.get(b"0") is None
    assert kept.get(b"long") is None
    assert kept.get(b"199") == row
