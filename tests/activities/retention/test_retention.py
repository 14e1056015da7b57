"""Removal of old posts of other servers: which go, in which order of passes, and what can happen in between."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from activities.notifications.models import Notification
from activities.polls.models import PollVote
from activities.posts.models import Bookmark, Like, Post
from activities.publishing.services import interactions
from activities.reactions.models import Reaction
from activities.retention import handlers
from activities.retention.models import RetentionPass
from activities.retention.queries import look
from activities.retention.services import go_on, open_pass
from activities.timelines.models import HomeEntry
from core.config import config
from core.db import async_atomic, own_connection, sql
from core.ids import id_at
from federation.models import InboxMessage
from tests.activities.people import ago, follow, make_post, make_remote
from tests.support.plans import measured, total, vacuum
from tests.users.inbox.messages import stored
from users.identities.models import Identity
from users.moderation.models import Report

pytestmark = pytest.mark.anyio

type Old = Callable[..., Awaitable[Post]]


@pytest.fixture
def old() -> Old:
    """Make a post that has been here for so many days."""

    async def make(author: Identity, days: int = 100, **more: object) -> Post:
        moment = ago(days=days)
        return await make_post(author, id=id_at(moment), **{"created_at": moment, **more})

    return make


async def run_pass() -> RetentionPass:
    current = await open_pass(is_wanted=True)
    assert current is not None
    while await go_on(current):
        pass
    return current


async def left() -> set[int]:
    return {pk async for pk in Post.objects.values_list("pk", flat=True)}


async def test_what_concerns_nobody_here_goes(alice: Identity, bob: Identity, old: Old) -> None:
    far = await make_remote("far")
    gone = await old(far)
    reply = await make_post(far, in_reply_to=gone)
    kept = [
        await make_post(far),
        await old(far, fetched_at=ago(days=80)),
        await old(alice),
        liked := await old(far),
        reacted := await old(far),
        bookmarked := await old(far),
        told := await old(far),
        at_home := await old(far),
        asked := await old(far),
        await old(far, mentions=(bob,)),
        answered := await old(far),
        quoted := await old(far),
        boosted := await old(far),
        reported := await old(far),
    ]
    await Report.objects.acreate(target=far, post_uris=[reported.uri])
    await Like.objects.acreate(identity=bob, post=liked)
    await Reaction.objects.acreate(identity=bob, post=reacted, name="🦤")
    await Bookmark.objects.acreate(identity=bob, post=bookmarked)
    await Notification.objects.acreate(identity=alice, kind="status", actor=far, post=told)
    await HomeEntry.objects.acreate(identity=alice, post=at_home)
    await PollVote.objects.acreate(identity=bob, post=asked, choice=0)
    await make_post(bob, in_reply_to=answered)
    await make_post(bob, quote_of=quoted, quote_uri=quoted.uri, quote_state="accepted")
    await make_post(far, boost_of=boosted)
    stranger = await make_remote("stranger")
    liked_there = await old(far)
    await Like.objects.acreate(identity=stranger, post=liked_there)

    done = await run_pass()
    posts = await left()
    assert {post.pk for post in kept} <= posts
    assert {gone.pk, liked_there.pk} & posts == set()
    assert (done.removed, done.looked_at) == (2, 14)
    orphan = await Post.objects.aget(pk=reply.pk)
    assert (orphan.in_reply_to_id, orphan.in_reply_to_uri) == (None, gone.uri)


async def test_whom_somebody_follows_is_kept_longer(
    alice: Identity, old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed, far = await make_remote("followed"), await make_remote("far")
    await follow(alice, followed)
    young, ancient = await old(followed), await old(followed, 400)
    boosted = await old(far, 500)
    await old(followed, 400, boost_of=boosted)
    await run_pass()
    assert ancient.pk not in await left()
    assert {young.pk, boosted.pk} <= await left(), "a boost was there when its turn came"
    await run_pass()
    assert boosted.pk not in await left()

    forever = await old(followed, 4000)
    monkeypatch.setattr(config(), "followed_posts_days", 0)
    await run_pass()
    assert {young.pk, forever.pk} <= await left()
    monkeypatch.setattr(config(), "followed_posts_days", 30)
    sixty = await old(followed, 60)
    await run_pass()
    assert sixty.pk in await left(), "not sooner than those of others"
    monkeypatch.setattr(config(), "remote_posts_days", 0)
    assert await open_pass(is_wanted=True) is None
    assert (await look(0)).count == 0


async def test_threads_with_somebody_from_here_stay_whole(alice: Identity, old: Old) -> None:
    far = await make_remote("far")
    root = await old(far)
    theirs = await old(far, in_reply_to=root, conversation_id=root.pk)
    mine = await old(alice, in_reply_to=theirs, conversation_id=root.pk)
    later = await old(far, in_reply_to=mine, conversation_id=root.pk)
    await Post.objects.filter(pk=root.pk).aupdate(conversation_id=root.pk)
    done = await run_pass()
    assert done.removed == 0
    assert {root.pk, theirs.pk, mine.pk, later.pk} <= await left()


async def test_a_pass_begins_a_day_after_the_last_and_goes_on_where_it_stopped(
    alice: Identity, old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = await make_remote("far")
    first, second = sorted([(await old(far)).pk, (await old(far)).pk])
    monkeypatch.setattr("activities.retention.queries.BATCH_SIZE", 1)
    current = await open_pass()
    assert current is not None
    assert await go_on(current)
    assert await left() & {first, second} == {second}
    current = await open_pass()  # another worker, after this one was killed
    assert current is not None
    assert current.position == first
    assert await go_on(current)
    assert not await go_on(current)
    assert await left() & {first, second} == set()
    assert await open_pass() is None, "a day has not passed"
    await RetentionPass.objects.aupdate(began_at=ago(hours=25))
    again = await open_pass()
    assert again is not None
    assert (again.position, again.removed, again.removed_in_all) == (0, 0, 2)


async def test_a_like_that_comes_meanwhile_keeps_the_post(bob: Identity, old: Old) -> None:
    post = await old(await make_remote("far"))
    is_liked, may_commit = asyncio.Event(), asyncio.Event()

    async def like_slowly() -> None:
        async with own_connection(), async_atomic():
            await interactions.like(identity=bob, post_id=post.pk)
            is_liked.set()
            await may_commit.wait()

    liking = asyncio.create_task(like_slowly())
    await is_liked.wait()
    assert (await look(0)).ids == [post.pk], "nobody sees the like yet"
    assert (await run_pass()).removed == 0, "its row is held by the like"
    may_commit.set()
    await liking
    await run_pass()
    assert post.pk in await left()


async def test_what_is_late_goes_first(bob: Identity, old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    post = await old(await make_remote("far"))
    await stored({"id": "https://far.test/1", "type": "Like", "actor": "https://far.test/users/far"})
    await sql.run("UPDATE federation_inboxmessage SET state_due_at = now() - interval '21 seconds'")
    await handlers.remove_old_posts()
    assert post.pk in await left()
    await InboxMessage.objects.all().adelete()
    await handlers.remove_old_posts()
    assert post.pk not in await left()


async def test_its_cost_grows_with_the_batch_alone(
    alice: Identity, old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with the posts that are kept before it, nor with those of a long thread."""
    far = await make_remote("far")
    thread = await old(far, 200)
    for _ in range(40):
        await old(far, 200, conversation_id=thread.pk)
    await vacuum()
    monkeypatch.setattr("activities.retention.queries.BATCH_SIZE", 10)
    async with measured(monkeypatch) as before:
        looked = await look(0)
    for _ in range(300):
        await old(far, 300, fetched_at=ago(days=1))
    await vacuum()
    async with measured(monkeypatch) as after:
        await look(looked.last)
    assert total(after) <= total(before) + 12
