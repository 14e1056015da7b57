"""Likes, boosts, bookmarks, pins: once each, counted right, and only on posts that one may see."""

import asyncio

import pytest

from activities.notifications.models import Notification, NotificationKind
from activities.notifications.services.notify import notify
from activities.polls.models import PollVote
from activities.posts import events
from activities.posts.models import Bookmark, Like, Pin, Post, QuoteState, Visibility
from activities.posts.queries import posts
from activities.publishing.handlers.cleaning import repair_counts
from activities.publishing.handlers.fan_out import fan_out, publish_deletion
from activities.publishing.services.interactions import (
    bookmark,
    boost,
    like,
    pin,
    unbookmark,
    unboost,
    unlike,
    unpin,
)
from activities.timelines.models import HomeEntry
from activities.timelines.queries import timelines
from core import clock
from core.db import own_connection
from core.db.paging import Page
from core.errors import BadInput, NotAllowed, NotFound
from federation.models import OutgoingActivity
from tests.activities.people import block, follow, make_local, make_post, make_remote, mute
from users.domains.models import Domain
from users.identities.models import Identity, Restriction

pytestmark = pytest.mark.anyio


async def counts(post: Post) -> tuple[int, int, int]:
    row = await Post.objects.aget(pk=post.pk)
    return row.likes_count, row.boosts_count, row.replies_count


async def kinds_for(identity: Identity) -> list[str]:
    return [row.kind async for row in Notification.objects.filter(identity=identity).order_by("id")]


async def test_a_like_counts_once_and_its_undo_leaves_nothing(alice: Identity, bob: Identity) -> None:
    post = await make_post(alice)
    await like(identity=bob, post_id=post.pk)
    await like(identity=bob, post_id=post.pk)
    assert await counts(post) == (1, 0, 0)
    assert await kinds_for(alice) == ["favourite"]
    assert (await posts.get_post(post.pk, bob)).is_liked
    assert not (await posts.get_post(post.pk, alice)).is_liked
    await unlike(identity=bob, post_id=post.pk)
    await unlike(identity=bob, post_id=post.pk)
    assert await counts(post) == (0, 0, 0)
    assert await kinds_for(alice) == []


@pytest.mark.slow
async def test_many_at_once_are_counted_right(db: None, alice: Identity, domain: Domain) -> None:
    """Twelve likers, each trying three times at the same moment."""
    post = await make_post(alice)
    fans = [await make_local(f"fan{index}", domain) for index in range(12)]

    async def try_to_like(fan: Identity) -> None:
        async with own_connection():
            await like(identity=fan, post_id=post.pk)
            await boost(identity=fan, post_id=post.pk)

    await asyncio.gather(*(asyncio.create_task(try_to_like(fan)) for fan in fans for _ in range(3)))
    assert await counts(post) == (12, 12, 0)
    assert await Post.objects.filter(boost_of=post).acount() == 12

    async def try_to_undo(fan: Identity) -> None:
        async with own_connection():
            await unlike(identity=fan, post_id=post.pk)
            await unboost(identity=fan, post_id=post.pk)

    await asyncio.gather(*(asyncio.create_task(try_to_undo(fan)) for fan in fans for _ in range(2)))
    assert await counts(post) == (0, 0, 0)


@pytest.mark.parametrize("deed", [like, boost, bookmark])
async def test_invisible_posts_cannot_be_acted_on(alice: Identity, bob: Identity, deed: object) -> None:
    hidden = await make_post(alice, Visibility.followers)
    with pytest.raises(NotFound):
        await deed(identity=bob, post_id=hidden.pk)
    await follow(bob, alice, accepted=False)
    with pytest.raises(NotFound):
        await deed(identity=bob, post_id=hidden.pk)
    public = await make_post(alice)
    await block(alice, bob)
    with pytest.raises(NotFound):
        await deed(identity=bob, post_id=public.pk)


async def test_a_like_can_be_taken_back_from_a_post_that_is_hidden_now(
    alice: Identity, bob: Identity
) -> None:
    post = await make_post(alice)
    await like(identity=bob, post_id=post.pk)
    await block(alice, bob)
    await unlike(identity=bob, post_id=post.pk)
    assert not await Like.objects.aexists()


async def test_a_boost_of_a_boost_is_one_of_the_original(
    alice: Identity, bob: Identity, domain: Domain
) -> None:
    carol = await make_local("carol", domain)
    post = await make_post(alice)
    first = await boost(identity=bob, post_id=post.pk)
    second = await boost(identity=carol, post_id=first.pk)
    again = await boost(identity=carol, post_id=post.pk)
    assert second.boost_of_id == post.pk
    assert again.pk == second.pk
    assert await counts(post) == (0, 2, 0)
    assert first.uri == f"{bob.uri}/statuses/{first.pk}/activity"
    assert (await posts.get_post(post.pk, bob)).is_boosted
    await unboost(identity=bob, post_id=first.pk)
    assert await counts(post) == (0, 1, 0)
    new = await boost(identity=bob, post_id=post.pk)
    assert new.pk != first.pk


@pytest.mark.parametrize(
    ("visibility", "by_author", "by_follower"),
    [
        (Visibility.public, Visibility.public, Visibility.public),
        (Visibility.unlisted, Visibility.public, Visibility.public),
        (Visibility.followers, Visibility.followers, None),
        (Visibility.mentioned, None, None),
        (Visibility.local_only, Visibility.local_only, Visibility.local_only),
    ],
)
async def test_boosting_follows_visibility(
    alice: Identity,
    bob: Identity,
    visibility: Visibility,
    by_author: Visibility | None,
    by_follower: Visibility | None,
) -> None:
    await follow(bob, alice)
    post = await make_post(alice, visibility, mentions=(bob,))
    for who, expected in ((alice, by_author), (bob, by_follower)):
        if expected is None:
            with pytest.raises(NotAllowed):
                await boost(identity=who, post_id=post.pk, visibility=Visibility.public)
        else:
            made = await boost(identity=who, post_id=post.pk, visibility=Visibility.public)
            assert made.visibility == expected


async def test_a_boost_reaches_homes_once_a_day_and_its_undo_takes_it_out(
    alice: Identity, bob: Identity, domain: Domain
) -> None:
    carol, dave = await make_local("carol", domain), await make_local("dave", domain)
    await follow(carol, bob)
    await follow(carol, dave)
    post = await make_post(alice)
    first = await boost(identity=bob, post_id=post.pk)
    second = await boost(identity=dave, post_id=post.pk)
    await fan_out([first])
    await fan_out([second])
    assert [view.id for view in await timelines.home(carol, Page())] == [first.pk]
    assert await kinds_for(alice) == ["reblog", "reblog"]
    await unboost(identity=bob, post_id=post.pk)
    await publish_deletion([await Post.objects.aget(pk=first.pk)])
    assert not await HomeEntry.objects.filter(identity=carol).aexists()
    assert await kinds_for(alice) == ["reblog"]


async def test_remote_authors_are_told(alice: Identity) -> None:
    far = await make_remote("far")
    post = await make_post(far)
    await like(identity=alice, post_id=post.pk)
    await unlike(identity=alice, post_id=post.pk)
    made = await boost(identity=alice, post_id=post.pk)
    await fan_out([made])
    await unboost(identity=alice, post_id=post.pk)
    await publish_deletion([await Post.objects.aget(pk=made.pk)])
    sent = [row.activity_type async for row in OutgoingActivity.objects.order_by("id")]
    assert sent == ["Like", "Undo", "Announce", "Undo"]


async def test_bookmarks_are_private_and_listed_latest_first(alice: Identity, bob: Identity) -> None:
    one, two = await make_post(alice), await make_post(alice)
    for post in (two, one, one):
        await bookmark(identity=bob, post_id=post.pk)
    assert [view.id for view in await timelines.bookmarks(bob, Page())] == [one.pk, two.pk]
    assert await kinds_for(alice) == []
    await unbookmark(identity=bob, post_id=one.pk)
    assert [row.post_id async for row in Bookmark.objects.all()] == [two.pk]


async def test_pins(alice: Identity, bob: Identity) -> None:
    mine = [await make_post(alice) for _ in range(6)]
    for post in mine[:5]:
        await pin(identity=alice, post_id=post.pk)
    await pin(identity=alice, post_id=mine[0].pk)
    with pytest.raises(BadInput) as refused:
        await pin(identity=alice, post_id=mine[5].pk)
    assert refused.value.code == "too_many_pins"
    with pytest.raises(BadInput) as refused:
        await pin(identity=bob, post_id=mine[5].pk)
    assert refused.value.code == "pin_of_other_post"
    direct = await make_post(bob, Visibility.mentioned)
    with pytest.raises(BadInput) as refused:
        await pin(identity=bob, post_id=direct.pk)
    assert refused.value.code == "pin_of_private_mention"
    await unpin(identity=alice, post_id=mine[0].pk)
    pinned = await timelines.profile_posts(alice.pk, None, Page(), pinned=True)
    assert [view.id for view in pinned] == [post.pk for post in reversed(mine[1:5])]
    assert all(view.is_pinned for view in pinned)
    assert await Pin.objects.acount() == 4


async def test_muted_and_limited_people_do_not_notify(alice: Identity, domain: Domain) -> None:
    post = await make_post(alice)
    muted = await make_local("muted", domain)
    limited = await make_local("limited", domain, restriction=Restriction.limited)
    quiet = await make_local("quiet", domain)
    await mute(alice, muted)
    await mute(alice, quiet, hides_notifications=False)
    for who in (muted, limited, quiet, alice):
        await like(identity=who, post_id=post.pk)
    told = {row.actor_id: row.is_filtered async for row in Notification.objects.all()}
    assert told == {limited.pk: True, quiet.pk: False}  # a limited stranger's waits as a request


async def test_drifted_counts_are_repaired(alice: Identity, bob: Identity) -> None:
    post = await make_post(alice)
    await make_post(bob, in_reply_to=post)
    await like(identity=bob, post_id=post.pk)
    await boost(identity=bob, post_id=post.pk)
    await Post.objects.filter(pk=post.pk).aupdate(likes_count=40, boosts_count=0, replies_count=7)
    await repair_counts()
    assert await counts(post) == (1, 1, 1)


@pytest.mark.parametrize(
    "what",
    ["nothing", "blocks", "is blocked", "mutes", "self", "actor suspended", "actor deleted", "deleted"],
)
async def test_notifications_reach_the_right_people(alice: Identity, bob: Identity, what: str) -> None:
    """The guards of `wants_notification` by themselves: services that refuse earlier must not be all that keeps a block."""
    actor = bob
    match what:
        case "blocks":
            await block(alice, bob)
        case "is blocked":
            await block(bob, alice)
        case "mutes":
            await mute(alice, bob)
        case "self":
            actor = alice
        case "actor suspended":
            await Identity.objects.filter(pk=bob.pk).aupdate(restriction=Restriction.suspended)
        case "actor deleted":
            await Identity.objects.filter(pk=bob.pk).aupdate(deleted_at=clock.now())
        case "deleted":
            await Identity.objects.filter(pk=alice.pk).aupdate(deleted_at=clock.now())
    told = await notify(kind=NotificationKind.follow, identity_id=alice.pk, actor_id=actor.pk)
    assert told is (what == "nothing")
    assert await kinds_for(alice) == (["follow"] if what == "nothing" else [])


@pytest.mark.parametrize("parted", ["", "blocks", "is blocked"])
async def test_posts_notify_no_mentioned_person_across_a_block(
    alice: Identity, bob: Identity, parted: str
) -> None:
    """Each kind that a post causes for many at once: mention, boost, bell, edits of what one boosted or quoted, end of a poll."""
    of_alice = await make_post(alice)
    by_bob = await make_post(bob, mentions=(alice,))
    rung = await make_post(bob)
    boosted = await make_post(bob, boost_of=of_alice)
    await make_post(alice, boost_of=rung)
    await make_post(alice, quote_of=rung, quote_state=QuoteState.accepted)
    await PollVote.objects.acreate(post=rung, identity=alice, choice=0)
    await follow(alice, bob, notifies=True)
    await HomeEntry.objects.acreate(identity=alice, post=rung)
    if parted:
        await block(*((alice, bob) if parted == "blocks" else (bob, alice)))
    await events.on_posts_published.emit([by_bob.pk, rung.pk, boosted.pk])
    await events.on_posts_edited.emit([rung.pk])
    await events.on_polls_closed.emit([rung.pk])
    told = set(await kinds_for(alice))
    assert told == (set() if parted else {"mention", "status", "reblog", "update", "quoted_update", "poll"})
