"""Old posts are deleted by a rule that their author sets on a page, which says before how many go."""

import datetime as dt
import re
from typing import Any

import pytest

from activities.media.models import Attachment
from activities.old_posts.handlers import DELETED_AT_ONCE, delete_old_posts
from activities.old_posts.models import OldPosts, OldPostsGraph
from activities.posts.models import Bookmark, Like, Pin, Post, PostGraph, Visibility
from core import clock
from core.ids import lowest_id_at
from federation.models import Peer, PeerGraph
from tests.activities import people as rows
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PATH = "/settings/old-posts"
PAGE = {"Accept": "text/html"}
RULE = {"is_on": "on", "days": "14", "keeps_pinned": "on", "keeps_liked": "on", "keeps_bookmarked": "on", "keeps_private": "on"}  # fmt: skip


async def old(author: Identity, days: float = 20, **more: Any) -> Post:
    moment = clock.now() - dt.timedelta(days=days)
    old.number += 1  # type: ignore[attr-defined]
    return await rows.make_post(author, id=lowest_id_at(moment) + old.number, created_at=moment, **more)  # type: ignore[attr-defined]


old.number = 0  # type: ignore[attr-defined]


async def saved(site: Site, **rule: str) -> OldPosts:
    """Save a rule as somebody does who reads the number and presses again."""
    form = {**RULE, **rule}
    seen = await site.member.post(PATH, {**form, "only_count": "yes"}, headers=PAGE)
    counted = re.search(r'name="counted" value="([^"]+)"', seen.text)
    assert counted is not None, seen.text
    answer = await site.member.post(PATH, {**form, "counted": counted[1]})
    assert answer.status_code == 303, answer.text
    return await OldPosts.objects.aget(identity=site.member.me.pk)


async def left(author: Identity) -> set[int]:
    posts = Post.objects.filter(author=author.pk, deleted_at=None)
    return {pk async for pk in posts.values_list("pk", flat=True)}


async def test_nothing_is_saved_before_its_author_saw_the_number(site: Site) -> None:
    for _ in range(3):
        await old(site.member.me)
    await old(site.member.me, days=3)
    await old(site.admin.me)
    page = (await site.member.get(PATH)).text
    assert "This deletes 3 posts now." in page
    assert await OldPosts.objects.acount() == 0
    answer = await site.member.post(PATH, {**RULE, "days": "7"}, headers=PAGE)
    assert answer.status_code == 200
    assert "Nothing is saved yet" in answer.text
    assert await OldPosts.objects.acount() == 0
    line = await site.member.post(
        PATH, {**RULE, "days": "30", "only_count": "yes"}, headers={"HX-Request": "true"}
    )
    assert "This deletes no posts now." in line.text
    assert "<main" not in line.text
    rule = await saved(site)
    assert (rule.state, rule.days, rule.keeps_liked, rule.keeps_media) == ("removing", 14, True, False)
    assert rule.state_due_at is not None
    off = {name: value for name, value in RULE.items() if name != "is_on"}
    assert (await site.member.post(PATH, off)).status_code == 303
    assert (await OldPosts.objects.aget()).state == "off"


async def test_what_is_wrong_is_refused(site: Site) -> None:
    for wrong in ({"days": "1"}, {"least_likes": "0"}, {"least_boosts": str(2**31)}):
        answer = await site.member.post(PATH, {**RULE, **wrong}, headers=PAGE)
        assert answer.status_code == 422, wrong
    assert (await site.nobody.get(PATH)).status_code == 303


async def test_the_worker_deletes_what_the_rule_names_and_keeps_the_rest(site: Site) -> None:
    mia, other = site.member.me, site.admin.me
    goes = {await old(mia), await old(mia, likes_count=4), await old(mia, visibility=Visibility.followers)}
    boosted = await rows.make_post(other)
    goes.add(await old(mia, boost_of=boosted))
    pinned, bookmarked, liked = [await old(mia) for _ in range(3)]
    await Pin.objects.acreate(identity=mia, post=pinned)
    await Bookmark.objects.acreate(identity=mia, post=bookmarked)
    await Like.objects.acreate(identity=mia, post=liked)
    popular, loved = await old(mia, likes_count=5), await old(mia, boosts_count=2)
    private, young, others = (
        await old(mia, visibility=Visibility.mentioned),
        await old(mia, days=13),
        await old(other),
    )
    not_hers = await old(mia)
    await Like.objects.acreate(identity=other, post=not_hers)  # only her own likes keep it
    goes.add(not_hers)
    rule = await saved(site, least_likes="5", least_boosts="2")
    outcome = await delete_old_posts(rule)
    assert (outcome.state, outcome.is_attempt) == (None, False)
    assert outcome.after == dt.timedelta(hours=6)
    kept = {pinned, bookmarked, liked, popular, loved, private, young}
    assert await left(mia) == {post.pk for post in kept}
    assert await left(other) == {others.pk, boosted.pk}
    for post in goes:
        gone = await Post.objects.aget(pk=post.pk)
        assert (gone.state, gone.source) == (PostGraph.deleted.name, ""), "other servers are told"


async def test_polls_media_and_boosts_are_kept_when_that_is_chosen(site: Site) -> None:
    mia = site.member.me
    poll = await old(mia, question={"options": [], "multiple": False})
    picture, boost = await old(mia), await old(mia, boost_of=await rows.make_post(site.admin.me))
    await Attachment.objects.acreate(post=picture, author=mia, kind="image", url="https://far.test/1.png")
    rule = await saved(site, keeps_polls="on", keeps_media="on", keeps_boosts="on")
    await delete_old_posts(rule)
    assert await left(mia) == {poll.pk, picture.pk, boost.pk}
    rule = await saved(site)
    await delete_old_posts(rule)
    assert await left(mia) == set()


async def test_many_go_a_few_at_a_time_and_never_after_it_was_turned_off(site: Site) -> None:
    mia = site.member.me
    for _ in range(DELETED_AT_ONCE + 2):
        await old(mia)
    rule = await saved(site)
    outcome = await delete_old_posts(rule)
    assert len(await left(mia)) == 2
    assert outcome.after == dt.timedelta(minutes=5)
    stale = await OldPosts.objects.aget()
    assert stale.looked_to > 0
    await site.member.post(PATH, {name: value for name, value in RULE.items() if name != "is_on"})
    await delete_old_posts(stale)  # a worker read the row before
    assert len(await left(mia)) == 2
    await delete_old_posts(await saved(site))
    assert await left(mia) == set()


async def test_it_gives_way_while_other_work_is_late(site: Site) -> None:
    post = await old(site.member.me)
    rule = await saved(site)
    late = clock.now() - dt.timedelta(minutes=5)
    peer = await Peer.objects.acreate(host="far.test", state=PeerGraph.sending.name, state_due_at=late)
    assert "late" in (await delete_old_posts(rule)).reason
    assert await left(site.member.me) == {post.pk}
    await peer.adelete()
    await delete_old_posts(rule)
    assert await left(site.member.me) == set()
    assert OldPostsGraph.removing.is_active
