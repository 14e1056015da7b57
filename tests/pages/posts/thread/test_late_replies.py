"""Replies that come while a conversation is open are put where they belong."""

import datetime as dt
import re
from typing import Any

import pytest

from activities.posts.models import Post
from activities.threads.models import ThreadWalk
from core import clock
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor

pytestmark = pytest.mark.anyio

_ASKS = re.compile(r'hx-get="(/posts/\d+/late-replies\?[^"]+)"')
_PLACED = re.compile(r'hx-swap-oob="([^"]+)">\s*<div class="branch">\s*<article class="post" id="post-(\d+)"')


async def a_thread() -> tuple[Post, Post]:
    """A remote post, and an answer that is here."""
    ana = await rows.make_remote("ana", "far.example")
    root = await rows.make_post(ana)
    return root, await rows.make_post(ana, in_reply_to=root)


async def comes_late(parent: Post, **more: Any) -> Post:
    author = await rows.make_remote(f"oz{clock.now().timestamp()}".replace(".", ""), "other.example")
    long_ago = clock.now() - dt.timedelta(seconds=5)
    return await rows.make_post(author, in_reply_to=parent, fetched_at=long_ago, **more)


async def asks(visitor: Visitor, path: str) -> str:
    found = _ASKS.search((await visitor.get(path)).text)
    return found[1].replace("&amp;", "&") if found else ""


def path_of(post: Post) -> str:
    return f"/@{post.author.username}@{post.author.host}/{post.pk}"


async def test_a_page_asks_for_what_comes_late(site: Site) -> None:
    root, known = await a_thread()
    again = await asks(site.member, path_of(root))
    long_ago = (clock.now() - dt.timedelta(seconds=9)).isoformat().replace("+", "%2B")
    again = re.sub(r"since=[^&]+", f"since={long_ago}", again)
    assert (await site.member.get(again)).text.count("<article") == 0
    beneath = await comes_late(known)
    last = await comes_late(root)
    answer = (await site.member.get(again)).text
    assert _PLACED.findall(answer) == [
        (f"beforeend:#replies-{known.pk}", str(beneath.pk)),
        (f"beforeend:#replies-{root.pk}", str(last.pk)),
    ]
    assert "2 more replies found" in answer
    following = _ASKS.search(answer)
    assert following
    assert (await site.member.get(following[1].replace("&amp;", "&"))).text.count("<article") == 0
    await ThreadWalk.objects.aupdate(state="walked")
    answer = (await site.member.get(again)).text
    assert answer.count("<article") == 2
    assert _ASKS.search(answer) is None
    assert "late-replies" not in answer.replace("hx-", "")  # neither do its buttons lead here


async def test_replies_that_just_arrived_wait_without_blocking(site: Site) -> None:
    root, _ = await a_thread()
    again = re.sub(r"since=[^&]+", "since=2020-01-01", await asks(site.member, path_of(root)))
    moment = await comes_late(root)
    await Post.objects.filter(pk=moment.pk).aupdate(fetched_at=clock.now())
    last = await comes_late(root, edited_at=clock.now())
    answer = (await site.member.get(again)).text
    assert _PLACED.findall(answer) == [(f"beforeend:#replies-{root.pk}", str(last.pk))]
    assert f'hx-swap-oob="delete:#post-{last.pk}"' in answer  # an edit of what is on the page


async def test_the_first_reply_is_below_the_post(site: Site) -> None:
    root, known = await a_thread()
    await Post.objects.filter(pk=known.pk).adelete()
    again = re.sub(r"since=[^&]+", "since=2020-01-01", await asks(site.member, path_of(root)))
    late = await comes_late(root)
    assert _PLACED.findall((await site.member.get(again)).text) == [
        (f"beforeend:#replies-{root.pk}", str(late.pk))
    ]
    assert f'id="replies-{root.pk}"' in (await site.member.get(path_of(root))).text


async def test_an_edited_reply_that_others_answer_stays_where_it_is(site: Site) -> None:
    root, known = await a_thread()
    await rows.make_post(await rows.make_remote("kid", "far.example"), in_reply_to=known)
    again = re.sub(r"since=[^&]+", "since=2020-01-01", await asks(site.member, path_of(root)))
    long_ago = clock.now() - dt.timedelta(seconds=5)
    await Post.objects.filter(pk=known.pk).aupdate(edited_at=clock.now(), fetched_at=long_ago)
    answer = (await site.member.get(again)).text
    assert f'hx-swap-oob="outerHTML:#post-{known.pk}"' in answer
    assert f"delete:#replies-{known.pk}" not in answer
    assert "found." not in answer


async def test_replies_under_a_fold_are_counted_and_linked(site: Site) -> None:
    root, _ = await a_thread()
    known = await rows.make_post(await rows.make_remote("other", "far.example"), in_reply_to=root)
    again = re.sub(r"since=[^&]+", "since=2020-01-01", await asks(site.member, path_of(root)))
    for _ in range(6):
        await comes_late(known)
    answer = (await site.member.get(again)).text
    assert _PLACED.findall(answer) == []
    assert "6 more replies found" in answer
    assert f'<a href="{path_of(root)}">Show them</a>' in answer
    following = _ASKS.search(answer)
    assert following
    assert "found=6" in following[1]


async def test_visitors_and_bad_queries_start_no_walk(site: Site) -> None:
    root, _ = await a_thread()
    assert await asks(site.nobody, path_of(root)) == ""
    assert await ThreadWalk.objects.acount() == 0
    again = await asks(site.member, path_of(root))
    assert (await site.nobody.get(again)).text == ""
    for bad in (
        "",
        "?since=x",
        "?since=2020-01-01&times=x",
        "?since=2020-01-01&found=x",
        "?since=9999-12-31T23:59:59-14:00",
        "?since=%00",
    ):
        assert (await site.member.get(f"/posts/{root.pk}/late-replies{bad}")).status_code in (400, 422)
    await Post.objects.filter(pk=root.pk).aupdate(visibility=3)
    assert (await site.member.get(again)).status_code == 404
