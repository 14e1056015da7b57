"""Catching up: the home of the last days in several orders, for its owner, as far as they may see it."""

import datetime as dt
import re
from typing import Any

import pytest

from activities.posts.models import Post
from activities.timelines.models import HomeEntry
from core import clock
from core.ids import lowest_id_at
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity
from users.logins.cookies import cookie_name
from users.logins.services import logins

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
_DAY = dt.timedelta(days=1)


async def missed(site: Site, author: Identity, words: str = "", **more: Any) -> Post:
    post = await rows.make_post(author, content=f"<p>{words}</p>", **more)
    await HomeEntry.objects.acreate(identity=site.member.me, post=post)
    return post


async def shown(site: Site, query: str = "") -> list[str]:
    page = await site.member.get(f"/catch-up{query}", headers=PAGE)
    assert page.status_code == 200
    return re.findall(r"<p>(post [a-z]+)", page.text)


async def test_orders(site: Site) -> None:
    bob, amy = await rows.make_remote("bob"), await rows.make_remote("amy")
    liked = await missed(site, bob, "post liked")
    await missed(site, amy, "post long " + "word " * 40)
    boosted = await missed(site, bob, "post boosted")
    await Post.objects.filter(pk=liked.pk).aupdate(likes_count=3)
    await Post.objects.filter(pk=boosted.pk).aupdate(boosts_count=5)
    assert await shown(site) == ["post boosted", "post liked", "post long"]
    assert await shown(site, "?since=24&by=author") == ["post long", "post boosted", "post liked"]
    assert (await shown(site, "?since=24&by=length"))[0] == "post long"
    assert await shown(site, "?since=6&by=oldest") == ["post liked", "post long", "post boosted"]


async def test_a_post_that_several_boosted_is_there_once(site: Site) -> None:
    bob, amy = await rows.make_remote("bob"), await rows.make_remote("amy")
    post = await missed(site, bob, "post once")
    for who in (amy, site.admin.me):
        await missed(site, who, boost_of=post)
    await missed(site, site.member.me, "post own")
    assert await shown(site) == ["post once"]


async def test_only_what_is_theirs_and_seen_and_new(site: Site) -> None:
    bob, eve = await rows.make_remote("bob"), await rows.make_remote("eve")
    await missed(site, eve, "post blocked")
    await rows.block(site.member.me, eve)
    await missed(site, bob, "post old", id=lowest_id_at(clock.now() - 8 * _DAY))
    await rows.make_post(bob, content="<p>post elsewhere</p>")
    await missed(site, bob, "post new")
    assert await shown(site, "?since=168&by=oldest") == ["post new"]
    assert (await site.nobody.get("/catch-up", headers=PAGE)).status_code == 303


async def test_posts_already_caught_up_with_are_not_shown(site: Site) -> None:
    bob = await rows.make_remote("bob")
    await missed(site, bob, "post before", id=lowest_id_at(clock.now() - _DAY / 2))
    assert await shown(site) == ["post before"]
    answer = await site.member.post("/catch-up")
    assert answer.headers["location"] == "/home"
    assert await shown(site) == []
    assert await shown(site, "?since=24&by=oldest") == ["post before"]


async def test_one_device_knows_what_another_has_caught_up_with(site: Site) -> None:
    bob = await rows.make_remote("bob")
    await missed(site, bob, "post before", id=lowest_id_at(clock.now() - _DAY / 2))
    await site.member.post("/catch-up")
    _, cookie = await logins.open_session(
        user=site.member.user, domain=site.domain, address="127.0.0.1", user_agent="a phone"
    )
    site.nobody.http.cookies.set(cookie_name(site.domain), cookie)
    page = (await site.nobody.get("/catch-up", headers=PAGE)).text
    assert '<option value="last" selected>Since I caught up' in page
    assert "post before" not in page


async def test_pages_keep_the_order_and_are_bounded(site: Site) -> None:
    bob = await rows.make_remote("bob")
    for _ in range(25):
        await missed(site, bob, "post one")
    page = (await site.member.get("/catch-up?since=24&by=length", headers=PAGE)).text
    older = re.search(r'href="\?(since=24&amp;by=length&amp;offset=20)"', page)
    assert older
    assert len(await shown(site, "?" + older[1].replace("&amp;", "&"))) == 5
    assert await shown(site, "?since=24&by=length&offset=99999999") == []


@pytest.mark.parametrize("query", ["?since=<b>", "?by=random", "?since=last"])
async def test_other_choices_are_refused(site: Site, query: str) -> None:
    answer = await site.member.get(f"/catch-up{query}", headers=PAGE)
    assert answer.status_code == 422
    assert "<b>" not in answer.text
