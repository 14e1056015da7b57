"""Home timelines, pages, threads and notifications: contents and query counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from activities.notifications import handlers as notification_jobs
from activities.notifications.models import Notification
from activities.notifications.queries import notifications as notes
from activities.posts.models import Like, Post, Visibility
from activities.posts.queries import posts, threads
from activities.publishing.handlers.fan_out import fan_out
from activities.search import queries as search
from activities.tags.handlers import remove_unused_hashtags
from activities.tags.models import Hashtag, PostTag
from activities.timelines import handlers as home_jobs
from activities.timelines.models import HomeEntry
from activities.timelines.queries import timelines
from activities.timelines.services import add_to_home_timelines, fill_home
from core.db import sql
from core.db.paging import Page
from federation.peers import forget_policies, known_policies
from tests.activities.people import ago, block, follow, make_domain, make_local, make_post, make_remote, mute
from tests.support.posts import write_post
from users.domains.models import Domain
from users.identities import events as identity_events
from users.identities.models import Identity
from users.relations import events
from users.relations.models import Follow

pytestmark = pytest.mark.anyio


class Counter:
    queries = 0


@asynccontextmanager
async def counted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counter]:
    """How many statements the read side sends. The policies of hosts were read just now, so that their five seconds don't end in it."""
    counter = Counter()
    forget_policies()
    await known_policies()
    rows = sql.rows

    async def counting(query: str, params: sql.Params = None) -> list:
        counter.queries += 1
        return await rows(query, params)

    with monkeypatch.context() as patch:
        patch.setattr(sql, "rows", counting)
        yield counter


async def homes_with(post: Post) -> set[int]:
    await add_to_home_timelines([post.pk])
    return {entry.identity_id async for entry in HomeEntry.objects.filter(post=post)}


@pytest.mark.parametrize("amount", [1, 20, 40])
async def test_pages_take_a_fixed_number_of_queries(
    alice: Identity, bob: Identity, monkeypatch: pytest.MonkeyPatch, amount: int
) -> None:
    tag = await Hashtag.objects.acreate(name="tag", display_name="Tag")
    root = await make_post(bob)
    for index in range(amount):
        original = await make_post(bob, mentions=(alice,), in_reply_to=root)
        await PostTag.objects.acreate(post=original, hashtag=tag)
        await Like.objects.acreate(identity=alice, post=original)
        await Notification.objects.acreate(identity=alice, kind="mention", actor=bob, post=original)
        shown = await make_post(bob, boost_of=original) if index % 3 == 0 else original
        await HomeEntry.objects.acreate(identity=alice, post=shown)
    page = Page(limit=40)
    reads = {
        2: [
            timelines.home(alice, page),
            timelines.profile_posts(bob.pk, alice, page),
            timelines.hashtag("tag", None, page),
            timelines.likes(alice, page),
        ],
        4: [notes.notifications(alice, page)],
        5: [threads.context(root.pk, alice)],
    }
    for limit, coroutines in reads.items():
        for coroutine in coroutines:
            async with counted(monkeypatch) as counter:
                await coroutine
            assert 0 < counter.queries <= limit


async def test_pages_follow_each_other_in_both_directions(alice: Identity) -> None:
    made = [(await make_post(alice)).pk for _ in range(7)]
    newest = made[::-1]

    async def read(**cursors: int) -> list[int]:
        return [view.id for view in await timelines.federated(None, Page(limit=3, **cursors))]

    assert await read() == newest[:3]
    assert await read(max_id=newest[2]) == newest[3:6]
    assert await read(since_id=made[0]) == newest[:3], "the newest, with a gap below"
    assert await read(min_id=made[0]) == [made[3], made[2], made[1]], "right after the cursor"


async def test_whose_home_gets_a_post(alice: Identity, bob: Identity, domain: Domain) -> None:
    names = ("follower", "pending", "muter", "blocker", "blocked", "reader")
    people = {name: await make_local(name, domain) for name in names}
    for name, person in people.items():
        await follow(
            person, alice, accepted=name != "pending", languages=["fr"] if name == "reader" else None
        )
    await mute(people["muter"], alice)
    await block(people["blocker"], alice)
    await block(alice, people["blocked"])
    assert await homes_with(await make_post(alice, language="en")) == {alice.pk, people["follower"].pk}
    assert people["reader"].pk in await homes_with(await make_post(alice, language="fr"))
    assert await homes_with(await make_post(alice, Visibility.followers, language="en")) == {
        alice.pk,
        people["follower"].pk,
    }
    direct = await make_post(alice, Visibility.mentioned, language="en", mentions=(people["follower"], bob))
    assert await homes_with(direct) == {alice.pk, people["follower"].pk}


async def test_local_only_posts_stay_on_their_domain(alice: Identity, bob: Identity) -> None:
    neighbour = await make_local("neighbour", await make_domain("other.test"))
    for person in (bob, neighbour):
        await follow(person, alice)
    assert await homes_with(await make_post(alice, Visibility.local_only)) == {alice.pk, bob.pk}


async def test_answers_come_home_only_when_one_follows_both(
    alice: Identity, bob: Identity, domain: Domain
) -> None:
    both, one = await make_local("both", domain), await make_local("one", domain)
    for person in (both, one):
        await follow(person, alice)
    await follow(both, bob)
    answer = await make_post(alice, in_reply_to=await make_post(bob))
    assert await homes_with(answer) == {alice.pk, both.pk}
    await follow(bob, alice)
    to_bob = await make_post(alice, in_reply_to=await make_post(bob))
    assert bob.pk in await homes_with(to_bob)
    to_self = await make_post(alice, in_reply_to=await make_post(alice))
    assert one.pk in await homes_with(to_self)
    to_unknown = await make_post(alice, in_reply_to_uri="https://gone.test/1")
    assert await homes_with(to_unknown) == {alice.pk}


async def test_boosts_are_added_to_homes_that_show_them(
    alice: Identity, bob: Identity, domain: Domain
) -> None:
    wants, declines, mutes_author = [
        await make_local(name, domain) for name in ("wants", "declines", "mutes")
    ]
    await follow(wants, bob)
    await follow(declines, bob, shows_boosts=False)
    await follow(mutes_author, bob)
    await mute(mutes_author, alice)
    await follow(alice, bob)
    boost = await make_post(bob, boost_of=await make_post(alice))
    assert await homes_with(boost) == {bob.pk, wants.pk}, "nobody finds their own post boosted at home"


async def test_fanning_out_twice_changes_nothing(alice: Identity, bob: Identity) -> None:
    await follow(bob, alice, notifies=True)
    post = await write_post(author=alice, text="@bob", visibility=Visibility.public)
    await fan_out([post])
    await fan_out([post])
    assert await HomeEntry.objects.filter(identity=bob).acount() == 1
    kinds = [row.kind async for row in Notification.objects.filter(identity=bob).order_by("kind")]
    assert kinds == ["mention", "status"]


async def test_a_direct_post_of_a_watched_author_notifies_as_a_mention_only(
    alice: Identity, bob: Identity
) -> None:
    await follow(bob, alice, notifies=True)
    for text, visibility, kinds in (
        ("@bob psst", Visibility.mentioned, ["mention"]),
        ("for followers", Visibility.followers, ["status"]),
        ("for all", Visibility.public, ["status"]),
    ):
        post = await write_post(author=alice, text=text, visibility=visibility)
        await fan_out([post])
        found = Notification.objects.filter(identity=bob, post=post.pk)
        assert [row.kind async for row in found] == kinds, text


async def test_following_fills_the_home_and_unfollowing_clears_it(alice: Identity, bob: Identity) -> None:
    shown = [(await make_post(bob)).pk for _ in range(3)]
    await make_post(bob, Visibility.mentioned)
    await follow(alice, bob)
    await events.on_follow.emit(alice, bob)
    assert [view.id for view in await timelines.home(alice, Page())] == shown[::-1]
    assert [row.kind async for row in Notification.objects.filter(identity=bob)] == ["follow"]
    await Follow.objects.all().adelete()
    await events.on_unfollow.emit(alice, bob)
    assert await timelines.home(alice, Page()) == []


async def test_a_follow_request_notifies_until_it_ends(alice: Identity, bob: Identity) -> None:
    await events.on_follow_request.emit(alice, bob)
    assert [row.kind async for row in Notification.objects.filter(identity=bob)] == ["follow_request"]
    await events.on_request_ended.emit(alice, bob)
    assert not await Notification.objects.aexists()


async def test_a_block_clears_both_sides(alice: Identity, bob: Identity) -> None:
    await follow(alice, bob)
    await make_post(bob)
    await fill_home(identity_id=alice.pk, author_id=bob.pk)
    await Notification.objects.acreate(identity=alice, kind="follow", actor=bob)
    await events.on_block.emit(bob, alice)
    assert not await HomeEntry.objects.filter(identity=alice).aexists()
    assert not await Notification.objects.aexists()


async def test_a_deleted_identity_takes_its_posts_along(alice: Identity, bob: Identity) -> None:
    post, other = await make_post(alice), await make_post(bob, likes_count=1, boosts_count=1)
    await Like.objects.acreate(identity=alice, post=other)
    boost = await make_post(alice, boost_of=other)
    await identity_events.on_identity_deleted.emit(alice)
    for gone in (post, boost):
        row = await Post.objects.aget(pk=gone.pk)
        assert (row.content, row.state) == ("", "deleted")
        assert row.deleted_at is not None
    kept = await Post.objects.aget(pk=other.pk)
    assert (kept.likes_count, kept.boosts_count, kept.deleted_at) == (0, 0, None)


async def test_threads_in_reading_order(alice: Identity, bob: Identity) -> None:
    root = await make_post(alice)
    middle = await make_post(bob, in_reply_to=root)
    first = await make_post(alice, in_reply_to=middle)
    second = await make_post(bob, in_reply_to=middle)
    below_first = await make_post(bob, in_reply_to=first)
    hidden = await make_post(bob, Visibility.mentioned, in_reply_to=middle)
    below_hidden = await make_post(alice, in_reply_to=hidden)
    found = await threads.context(middle.pk, None)
    assert [view.id for view in found.ancestors] == [root.pk]
    expected = [first.pk, below_first.pk, second.pk, below_hidden.pk]
    assert [view.id for view in found.descendants] == expected
    above = await threads.context(below_first.pk, alice)
    assert [view.id for view in above.ancestors] == [root.pk, middle.pk, first.pk]


async def test_anonymous_threads_are_limited(alice: Identity) -> None:
    root = await make_post(alice)
    parent = root
    for _ in range(25):
        parent = await make_post(alice, in_reply_to=parent)
    assert len((await threads.context(root.pk, None)).descendants) == 20
    assert len((await threads.context(root.pk, alice)).descendants) == 25


async def test_notifications_by_kind_and_actor(alice: Identity, bob: Identity, domain: Domain) -> None:
    carol = await make_local("carol", domain)
    post = await make_post(alice)
    for kind, actor, about in (("follow", bob, None), ("favourite", bob, post), ("favourite", carol, post)):
        await Notification.objects.acreate(identity=alice, kind=kind, actor=actor, post=about)

    async def read(**filters: object) -> list[tuple[str, str]]:
        return [
            (row.kind, row.actor.username)
            for row in await notes.notifications(alice, Page(), notes.Choice(**filters))
        ]

    assert await read() == [("favourite", "carol"), ("favourite", "bob"), ("follow", "bob")]
    assert await read(kinds=["follow"]) == [("follow", "bob")]
    assert await read(excluded=["favourite"]) == [("follow", "bob")]
    assert await read(account_id=carol.pk) == [("favourite", "carol")]
    await mute(alice, carol)
    assert await read() == [("favourite", "bob"), ("follow", "bob")]
    await block(bob, alice)
    assert await read() == []


async def test_local_and_federated_timelines(alice: Identity) -> None:
    other = await make_local("other", await make_domain("other.test"))
    far = await make_remote("far")
    ours, theirs, remote = await make_post(alice), await make_post(other), await make_post(far)
    home = await Domain.objects.aget(pk=alice.domain_id)
    assert [view.id for view in await timelines.local(None, home, Page())] == [ours.pk]
    everyone = [view.id for view in await timelines.federated(alice, Page())]
    assert everyone == [remote.pk, theirs.pk, ours.pk]
    assert [view.id for view in await timelines.federated(alice, Page(), remote=True)] == [remote.pk]


async def test_search_finds_posts_of_searchable_authors_only(alice: Identity, domain: Domain) -> None:
    open_one = await make_local("open", domain, is_indexable=True)
    found = await make_post(open_one, content="<p>Grüne Äpfel</p>")
    await make_post(alice, content="<p>grüne Birnen</p>")
    mine = await make_post(alice, content="<p>meine Äpfel</p>")
    assert [view.id for view in await search.search_posts("grüne", None, Page())] == [found.pk]
    assert [view.id for view in await search.search_posts("äpfel", alice, Page())] == [mine.pk, found.pk]
    await Hashtag.objects.acreate(name="garden", display_name="Garden")
    await Hashtag.objects.acreate(name="gardening", display_name="Gardening")
    assert [tag.display_name for tag in await search.search_hashtags("#GARDEN", domain)] == [
        "Garden",
        "Gardening",
    ]
    assert await search.search_hashtags("%", domain) == []


async def test_load_posts_keeps_the_order_and_leaves_out_what_is_hidden(
    alice: Identity, bob: Identity
) -> None:
    one, two, hidden = (
        await make_post(alice),
        await make_post(alice),
        await make_post(alice, Visibility.followers),
    )
    wanted = [two.pk, hidden.pk, one.pk, 12345, two.pk]
    assert [view.id for view in await posts.load_posts(wanted, bob)] == [two.pk, one.pk]
    assert await posts.load_posts([], bob) == []


async def test_homes_and_notifications_are_trimmed(
    alice: Identity, bob: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await make_post(bob) for _ in range(6)]
    await HomeEntry.objects.abulk_create([HomeEntry(identity=alice, post=post) for post in made])
    for post in made:
        await Notification.objects.acreate(identity=alice, kind="status", actor=bob, post=post)
    monkeypatch.setattr(home_jobs, "MAX_KEPT", 4)
    monkeypatch.setattr(notification_jobs, "MAX_KEPT", 2)
    assert await home_jobs.trim_home_timelines() == 2
    assert await notification_jobs.delete_old_notifications() == 4
    kept = [entry.post_id async for entry in HomeEntry.objects.filter(identity=alice).order_by("post_id")]
    assert kept == [post.pk for post in made[2:]]


async def test_unused_hashtags_go_after_a_day(alice: Identity) -> None:
    used, unused, young = [
        await Hashtag.objects.acreate(name=name, display_name=name) for name in ("used", "unused", "young")
    ]
    await PostTag.objects.acreate(post=await make_post(alice), hashtag=used)
    await Hashtag.objects.exclude(pk=young.pk).aupdate(created_at=ago(days=2))
    assert await remove_unused_hashtags() == 1
    assert not await Hashtag.objects.filter(pk=unused.pk).aexists()
