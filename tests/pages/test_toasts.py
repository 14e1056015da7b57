"""Undo of what can be taken back: a toast for scripts, the same as a small form on the next page without."""

import datetime as dt
import json
import re
from urllib.parse import unquote

import pytest
from django.core import signing

from activities.lists.models import ListMember, PeopleList
from activities.posts.models import Bookmark
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.circles import services as circles
from users.circles.handlers import delete_old_left
from users.circles.models import CircleMember, LeftCircle
from users.identities.models import Identity
from users.relations.models import Block, Follow, Mute
from users.relations.services import blocking, following

pytestmark = pytest.mark.anyio

_UNDO = re.compile(
    r'<form method="post" action="(/people/[^"]+)">.*?<button class="quiet small">Undo</button>', re.DOTALL
)


@pytest.mark.parametrize(
    ("action", "model", "words"),
    [
        ("mute", Mute, "Muted oz."),
        ("block", Block, "Blocked oz."),
        ("unfollow", Follow, "You no longer follow oz."),
    ],
)
async def test_undo_without_scripts(site: Site, action: str, model: type, words: str) -> None:
    mia, them = site.member.me, await rows.make_remote("oz")
    if model is Follow:
        await rows.follow(mia, them)
    before = await model.objects.filter(source=mia).acount()
    answer = await site.member.post(f"/people/{them.pk}/{action}", {"next": "/local"})
    assert answer.headers["location"] == "/local"
    assert await model.objects.filter(source=mia).acount() != before
    page = (await site.member.get("/local")).text
    assert words in page
    undo = _UNDO.search(page)
    assert undo
    assert (await site.member.post(undo[1], {"next": "/local"})).status_code == 303
    assert await model.objects.filter(source=mia).acount() == before
    assert "Undo" not in (await site.member.get("/bookmarks")).text  # said once


async def test_undo_with_scripts(site: Site) -> None:
    post = await rows.make_post(await rows.make_remote("oz"))
    htmx = {"HX-Request": "true"}
    answer = await site.member.post(f"/posts/{post.pk}/bookmark", headers=htmx)
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast == {
        "text": "Bookmarked.",
        "undo": f"/posts/{post.pk}/unbookmark?place={post.pk}",
        "back": f"#bookmark-{post.pk}",
    }
    assert f'id="bookmark-{post.pk}"' in answer.text
    answer = await site.member.post(toast["undo"], headers=htmx)
    assert not await Bookmark.objects.aexists()
    assert "HX-Trigger" not in answer.headers  # what was taken back needs no toast
    answer = await site.member.post(f"/people/{post.author_id}/mute", headers=htmx)
    assert answer.status_code == 204
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["undo"] == f"/people/{post.author_id}/unmute"
    answer = await site.member.post(f"/posts/{post.pk}/like", headers=htmx)
    assert "HX-Trigger" not in answer.headers


async def test_a_post_that_was_sent_from_elsewhere_can_be_viewed(site: Site) -> None:
    form = {"text": "Hello", "visibility": "0", "next": "/home"}
    assert (await site.member.post("/compose", form)).headers["location"] == "/home"
    page = (await site.member.get("/home")).text
    assert re.search(r'Post sent\.</span>\s*<a href="/@mia/\d+">View</a>', page)
    answer = await site.member.post("/compose", {**form, "next": ""})
    page = (await site.member.get(answer.headers["location"])).text
    assert "Post sent." in page
    assert ">View</a>" not in page


@pytest.mark.parametrize("where", ["here", "elsewhere"])
async def test_undo_of_a_block_follows_again(site: Site, where: str) -> None:
    mia = site.member.me
    them = site.admin.me if where == "here" else await rows.make_remote("oz")
    await rows.follow(mia, them, shows_boosts=False, notifies=True, languages=["de"])
    await rows.follow(them, mia, languages=["fr"])
    await type(them).objects.filter(pk=them.pk).aupdate(approves_followers=True)
    answer = await site.member.post(f"/people/{them.pk}/block", headers={"HX-Request": "true"})
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert not await Follow.objects.aexists()
    other = f"/people/{site.moderator.me.pk}/unblock?{undo.split('?')[1]}"
    await site.member.post(other)  # what was said of one person is worth nothing for another
    assert not await Follow.objects.aexists()
    assert (await site.member.post(undo, headers={"HX-Request": "true"})).status_code == 204
    assert not await Block.objects.aexists()
    again = await Follow.objects.aget(source=mia)
    assert (again.shows_boosts, again.notifies, again.languages) == (False, True, ["de"])
    assert (again.accepted_at is not None) == (where == "here"), "another server is asked again"
    assert await Follow.objects.filter(source=them.pk).acount() == (where == "here")
    await site.member.post(f"/people/{them.pk}/unfollow")
    await site.member.post(f"/people/{them.pk}/block")
    await site.member.post(f"/people/{them.pk}/unblock")  # of the profile: follows don't come back
    assert not await Follow.objects.filter(source=mia).aexists()


async def test_undo_of_a_block_puts_them_back_into_lists(site: Site) -> None:
    mia, them = site.member.me, await rows.make_remote("rob")
    await rows.follow(mia, them)
    birds, trains, other = [
        await PeopleList.objects.acreate(identity=who, title="A list")
        for who in (mia, mia, site.moderator.me)
    ]
    for one in (birds, trains, other):
        await ListMember.objects.acreate(list=one, identity=them)
    answer = await site.member.post(f"/people/{them.pk}/block", headers={"HX-Request": "true"})
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert await ListMember.objects.acount() == 1, "of somebody else"
    await trains.adelete()
    await site.member.post(undo)
    assert {one.list_id async for one in ListMember.objects.all()} == {birds.pk, other.pk}
    await ListMember.objects.filter(list=birds).adelete()
    await site.member.post(undo)
    assert not await ListMember.objects.filter(list=birds).aexists(), "what happened after that stays"


async def test_undo_of_a_block_puts_them_back_into_circles(site: Site) -> None:
    me, them = site.member.me, site.moderator.me
    await rows.follow(them, me)
    birds, deleted = [await circles.create_circle(identity=me, title=title) for title in ("Birds", "Deleted")]
    for one in (birds, deleted):
        await circles.add_to_circle(identity=me, circle_id=one.pk, member_ids=[them.pk])
    answer = await site.member.post(f"/people/{them.pk}/block", headers={"HX-Request": "true"})
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert not await CircleMember.objects.aexists()
    await circles.delete_circle(identity=me, circle_id=deleted.pk)
    await site.member.post(undo)
    assert [one.circle_id async for one in CircleMember.objects.all()] == [birds.pk]
    await circles.remove_from_circle(identity=me, circle_id=birds.pk, member_ids=[them.pk])
    await site.member.post(undo)
    assert not await CircleMember.objects.aexists(), "what happened after that stays"


async def test_undo_of_a_block_works_once(site: Site) -> None:
    mia, them = site.member.me, site.admin.me
    await rows.follow(mia, them)
    await rows.follow(them, mia)
    answer = await site.member.post(f"/people/{them.pk}/block", headers={"HX-Request": "true"})
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    await site.member.post(undo)
    assert await Follow.objects.acount() == 2
    await site.admin.post(f"/people/{mia.pk}/unfollow")
    await site.admin.post(f"/people/{mia.pk}/remove-follower")
    await site.member.post(undo)
    assert not await Follow.objects.aexists(), "they ended both"
    await site.member.post(f"/people/{them.pk}/block")
    await site.member.post(undo)  # of the block before
    assert not await Block.objects.aexists()
    assert not await Follow.objects.aexists()


async def test_undo_of_an_unfollow_restores_how_and_where_they_were_followed(site: Site) -> None:
    mia, them = site.member.me, site.admin.me
    await rows.follow(mia, them)
    choice = {"shows_boosts": False, "notifies": True, "languages": ["de"]}
    await Follow.objects.filter(source=mia).aupdate(**choice)
    birds = await PeopleList.objects.acreate(identity=mia, title="Birds")
    await ListMember.objects.acreate(list=birds, identity=them)
    answer = await site.member.post(f"/people/{them.pk}/unfollow", headers={"HX-Request": "true"})
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert not await ListMember.objects.aexists()
    assert (await site.moderator.post(undo)).status_code == 303
    assert await Follow.objects.filter(source=site.moderator.me, shows_boosts=True).aexists(), (
        "a plain follow of others"
    )
    await site.member.post(undo)
    assert await Follow.objects.filter(source=mia, **choice).aexists()
    assert await ListMember.objects.filter(list=birds, identity=them).aexists()


async def undo_of(site: Site, action: str, owner: Identity) -> str:
    answer = await site.member.post(f"/people/{owner.pk}/{action}", headers={"HX-Request": "true"})
    return str(json.loads(answer.headers["HX-Trigger"])["toast"]["undo"])


@pytest.mark.parametrize("action", ["unfollow", "block"])
async def test_undo_brings_back_into_circles_of_others(site: Site, action: str) -> None:
    """The owner would not learn that somebody left, and who left never knew of it."""
    me, owner = site.member.me, site.moderator.me
    circle = await circles.create_circle(identity=owner, title="Secret")
    await rows.follow(me, owner)
    await circles.add_to_circle(identity=owner, circle_id=circle.pk, member_ids=[me.pk])
    undo = await undo_of(site, action, owner)
    assert not await CircleMember.objects.aexists()
    told = signing.loads(unquote(undo.partition("was=")[2]), salt=action)
    assert str(circle.pk) not in str(told)
    await site.member.post(undo)
    assert [one.circle_id async for one in CircleMember.objects.all()] == [circle.pk]
    await circles.remove_from_circle(identity=owner, circle_id=circle.pk, member_ids=[me.pk])
    await site.member.post(undo)
    assert not await CircleMember.objects.aexists(), "it works once"


@pytest.mark.parametrize("ending", ["circle", "follower", "block"])
async def test_undo_brings_nobody_back_whom_the_owner_put_out_since(site: Site, ending: str) -> None:
    """With the Undo of an unfollow that was followed by another follow."""
    me, owner = site.member.me, site.moderator.me
    circle = await circles.create_circle(identity=owner, title="Secret")
    await rows.follow(me, owner)
    await circles.add_to_circle(identity=owner, circle_id=circle.pk, member_ids=[me.pk])
    undo = await undo_of(site, "unfollow", owner)
    if ending == "block":
        await blocking.block(source=owner, target_id=me.pk)
        await blocking.unblock(source=owner, target_id=me.pk)
    else:
        await site.member.post(f"/people/{owner.pk}/follow")
        await circles.add_to_circle(identity=owner, circle_id=circle.pk, member_ids=[me.pk])
        if ending == "circle":
            await circles.remove_from_circle(identity=owner, circle_id=circle.pk, member_ids=[me.pk])
        else:
            await following.remove_follower(target=owner, source_id=me.pk)
    await site.member.post(undo)
    assert await Follow.objects.filter(source=me, target=owner).aexists()
    assert not await CircleMember.objects.aexists()


async def test_those_who_left_circles_are_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    me, owner = site.member.me, site.moderator.me
    circle = await circles.create_circle(identity=owner, title="Secret")
    await rows.follow(me, owner)
    await circles.add_to_circle(identity=owner, circle_id=circle.pk, member_ids=[me.pk])
    await undo_of(site, "unfollow", owner)
    await delete_old_left()
    assert await LeftCircle.objects.acount() == 1
    monkeypatch.setattr(circles, "RESTORABLE_FOR", dt.timedelta(seconds=-5))
    await delete_old_left()
    assert not await LeftCircle.objects.aexists()
