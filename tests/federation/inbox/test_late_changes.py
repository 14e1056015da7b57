"""Changes that overtake each other: of polls' results, profiles, and what moderators and voters of a group decided. The one signed last counts."""

import datetime as dt
import itertools
from typing import Any

import pytest

from activities.posts.models import GroupModeration, GroupVote, InteractionPolicy, Pin, Post
from activities.tags.models import FeaturedTag
from activities.timelines.queries.timelines import profile_posts
from core import clock
from core.db.paging import Page
from tests.activities.groups.saying import passed_on, thread_by
from tests.activities.people import follow, make_domain, make_local, make_post, make_remote
from tests.users.inbox.messages import activity, receive
from tests.users.support import fresh
from users.identities.models import Identity, IdentityGraph

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def ada(db: None) -> Identity:
    return await make_local("ada", await make_domain())


@pytest.fixture
async def bob(ada: Identity) -> Identity:
    """Ada follows him."""
    made = await make_remote("bob", "good.test", featured_url="https://good.test/users/bob/featured")
    await follow(ada, made)
    return made


@pytest.fixture
async def group(ada: Identity) -> Identity:
    """Ada follows it."""
    made = await make_remote(
        "cats", "lemmy.test", actor_type="Group", featured_url="https://lemmy.test/c/cats/featured"
    )
    await follow(ada, made)
    return made


def ago(minutes: int) -> dt.datetime:
    return clock.now() - dt.timedelta(minutes=minutes)


def question(author: Identity, uri: str, votes: int, **more: Any) -> dict[str, Any]:
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": total}}
        for name, total in (("left", votes), ("right", 1))
    ]
    return {
        "id": uri,
        "type": "Question",
        "attributedTo": author.uri,
        "content": "which?",
        "oneOf": options,
        "votersCount": votes + 1,
        "published": ago(30).isoformat(),
        "endTime": (clock.now() + dt.timedelta(days=1)).isoformat(),
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        **more,
    }


async def test_the_results_that_were_signed_last_stand_in_every_order(bob: Identity) -> None:
    for number, order in enumerate(itertools.permutations(range(3))):
        uri = f"https://good.test/notes/{number}"
        said = [
            (activity(bob, "Create", question(bob, uri, 0)), ago(20)),
            (activity(bob, "Update", question(bob, uri, 5)), ago(15)),
            (activity(bob, "Update", question(bob, uri, 7, closed=ago(10).isoformat())), ago(10)),
        ]
        for place in order:
            assert (await receive(said[place][0], said_at=said[place][1]))[0] == "handled"
        found = (await Post.objects.aget(uri=uri)).question or {}
        assert (found["options"][0]["votes"], found["voters"]) == (7, 8), order
        assert found["closed_at"] is not None, order


async def test_an_edit_that_names_no_time_brings_newer_results_only(bob: Identity) -> None:
    uri = "https://good.test/notes/1"
    await receive(activity(bob, "Create", question(bob, uri, 1)), said_at=ago(20))
    await receive(activity(bob, "Update", question(bob, uri, 9)), said_at=ago(5))
    edited = question(bob, uri, 4, content="which one?", updated=ago(1).isoformat())
    await receive(activity(bob, "Update", edited), said_at=ago(10))
    post = await Post.objects.aget(uri=uri)
    assert "which one?" in post.content
    assert (post.question or {})["options"][0]["votes"] == 9


async def test_a_profile_that_may_be_older_is_asked_for_again(bob: Identity) -> None:
    def profile(name: str) -> dict[str, Any]:
        return {
            "id": bob.uri,
            "type": "Person",
            "preferredUsername": "bob",
            "inbox": bob.inbox_url,
            "name": name,
        }

    assert await receive(activity(bob, "Update", profile("New")), said_at=clock.now()) == ("handled", "")
    assert await receive(activity(bob, "Update", profile("Old")), said_at=ago(1)) == ("handled", "")
    now = await fresh(bob)
    assert (now.name, now.state) == ("New", IdentityGraph.outdated)


@pytest.mark.parametrize("kind", ["Lock", "Remove", "Like"])
async def test_the_latest_decision_of_a_group_stands_in_any_order(group: Identity, kind: str) -> None:
    member = await make_remote("mia", "else.test")
    moderator = "https://lemmy.test/u/mod"
    for order in itertools.permutations(range(4)):
        post = await thread_by(member, group)
        first, second = [passed_on(kind, moderator, post.uri) for _ in range(2)]
        said = [first, passed_on("Undo", moderator, first), second, passed_on("Undo", moderator, second)]
        for ends_undone in (False, True):
            for place in order:
                if place < 3 or ends_undone:
                    document = activity(group, "Announce", said[place])
                    state, _ = await receive(document, said_at=ago(20 - place))
                    assert state in {"handled", "skipped"}
            assert await stands(kind, post) is not ends_undone, (order, ends_undone)


async def test_the_ban_that_was_signed_last_stands_in_every_order(group: Identity) -> None:
    """For posts that are here, and for one that comes afterwards."""
    moderator = "https://lemmy.test/u/mod"

    def ban(member: Identity) -> dict[str, Any]:
        return passed_on("Block", moderator, member.uri, target=group.uri, removeData=True, restoreData=True)

    for number, order in enumerate(itertools.permutations(range(3))):
        for ends_banned in (True, False):
            member = await make_remote(f"m{number}{'b' * ends_banned}", "else.test")
            await follow(await Identity.objects.aget(username="ada"), member)
            here = await thread_by(member, group)
            bans, undo = [ban(member), ban(member)], passed_on("Undo", moderator, ban(member))
            said = [bans[0], undo, bans[1]] if ends_banned else [bans[0], bans[1], undo]
            for place in order:
                await receive(activity(group, "Announce", said[place]), said_at=ago(20 - place))
            note = {**note_in(group, member), "id": f"{member.uri}/late"}
            assert (await receive(activity(member, "Create", note), said_at=ago(15)))[0] == "handled"
            late = await Post.objects.aget(uri=note["id"])
            for post in (here, late):
                assert await stands("Remove", post) is ends_banned, (order, ends_banned, post.uri)


async def test_a_ban_restores_nothing_that_was_removed_later(group: Identity) -> None:
    member = await make_remote("mia", "else.test")
    moderator = "https://lemmy.test/u/mod"
    post = await thread_by(member, group)
    removal = passed_on("Remove", moderator, post.uri)
    await receive(activity(group, "Announce", removal), said_at=ago(5))
    lifted = passed_on("Block", moderator, member.uri, target=group.uri, restoreData=True)
    lifting = activity(group, "Announce", passed_on("Undo", moderator, lifted))
    assert (await receive(lifting, said_at=ago(10)))[0] == "skipped"
    assert await stands("Remove", post)


async def test_a_lifted_ban_removes_nothing_that_comes_then(bob: Identity, group: Identity) -> None:
    moderator = "https://lemmy.test/u/mod"
    ban = passed_on("Block", moderator, bob.uri, target=group.uri, removeData=True)
    await receive(activity(group, "Announce", ban), said_at=ago(10))
    ban.pop("removeData")
    lifting = activity(group, "Announce", passed_on("Undo", moderator, ban))
    assert (await receive(lifting, said_at=ago(5)))[0] == "skipped"
    note = {**note_in(group, bob), "id": f"{bob.uri}/late"}
    assert (await receive(activity(bob, "Create", note), said_at=ago(3)))[0] == "handled"
    assert not await stands("Remove", await Post.objects.aget(uri=note["id"]))


def note_in(group: Identity, author: Identity) -> dict[str, Any]:
    return {
        "id": "https://else.test/notes/late",
        "type": "Note",
        "attributedTo": author.uri,
        "content": "hello",
        "published": ago(15).isoformat(),
        "to": ["https://www.w3.org/ns/activitystreams#Public", group.uri],
        "audience": group.uri,
    }


async def test_a_direct_lock_that_comes_late_changes_nothing(group: Identity) -> None:
    post = await thread_by(await make_remote("mia", "else.test"), group)
    moderator = await make_remote("mod", "lemmy.test")
    lock = activity(moderator, "Lock", post.uri)
    await receive(activity(moderator, "Undo", lock), said_at=ago(5))
    await receive(lock, said_at=ago(10))
    assert not await stands("Lock", post)


async def test_a_decision_about_a_post_that_is_not_here_is_not_overtaken(group: Identity) -> None:
    """The Undo of a Lock comes before the Lock, and both before the post."""
    uri, moderator = "https://else.test/notes/late", "https://lemmy.test/u/mod"
    lock = passed_on("Lock", moderator, uri)
    undo = activity(group, "Announce", passed_on("Undo", moderator, lock))
    await receive(undo, said_at=ago(5))
    await receive(activity(group, "Announce", lock), said_at=ago(10))
    mia = await make_remote("mia", "else.test")
    note = note_in(group, mia)
    ada = await Identity.objects.aget(username="ada")
    await follow(ada, mia)
    assert (await receive(activity(mia, "Create", note), said_at=ago(15)))[0] == "handled"
    assert not await stands("Lock", await Post.objects.aget(uri=uri))


async def test_the_pin_that_was_signed_last_stands_in_every_order(bob: Identity, group: Identity) -> None:
    moderator = "https://lemmy.test/u/mod"
    for order in itertools.permutations(range(3)):
        post = await make_post(bob, silent=(group,))
        for ends_unpinned, pinning in ((True, bob), (False, bob), (False, group)):
            kinds = ["Remove", "Add", "Remove"] if ends_unpinned else ["Add", "Remove", "Add"]
            for place in order:
                said_at = ago(20 - place - 5 * (not ends_unpinned))
                changed = activity(bob, kinds[place], post.uri, target=pinning.featured_url)
                if pinning == group:
                    inner = passed_on(kinds[place], moderator, post.uri, target=group.featured_url)
                    changed = activity(group, "Announce", inner)
                assert (await receive(changed, said_at=said_at))[0] in {"handled", "skipped"}
            is_pinned = await Pin.objects.filter(identity=pinning, post=post).aexists()
            assert is_pinned is not ends_unpinned, (order, pinning.username)
        await Pin.objects.all().adelete()


async def test_pins_are_shown_in_the_order_in_which_they_were_signed(bob: Identity) -> None:
    first, second = [await make_post(bob) for _ in range(2)]
    for post, minutes in ((second, 5), (first, 10)):
        await receive(activity(bob, "Add", post.uri, target=bob.featured_url), said_at=ago(minutes))
    shown = await profile_posts(bob.pk, None, Page(limit=5), pinned=True)
    assert [view.id for view in shown] == [second.pk, first.pk]


async def test_an_unpinned_post_that_is_not_here_is_not_pinned_by_a_late_add(
    bob: Identity, group: Identity
) -> None:
    uri = "https://good.test/notes/late"
    moderator = "https://lemmy.test/u/mod"
    target = {"target": group.featured_url}
    await receive(activity(bob, "Remove", uri, target=bob.featured_url), said_at=ago(5))
    await receive(activity(group, "Announce", passed_on("Remove", moderator, uri, **target)), said_at=ago(5))
    await make_post(bob, uri=uri, silent=(group,))
    added = activity(bob, "Add", uri, target=bob.featured_url)
    assert await receive(added, said_at=ago(10)) == ("skipped", "a later one came before")
    added = activity(group, "Announce", passed_on("Add", moderator, uri, **target))
    assert await receive(added, said_at=ago(10)) == ("skipped", "a later one came before")
    assert not await Pin.objects.aexists()


async def test_a_featured_hashtag_that_was_signed_last_stands(bob: Identity) -> None:
    for kinds in (("Add", "Remove"), ("Remove", "Add")):
        for minutes, kind in ((5, kinds[1]), (10, kinds[0])):
            tag = {"type": "Hashtag", "name": f"#{kinds[0]}"}
            await receive(activity(bob, kind, tag, target=bob.featured_url), said_at=ago(minutes))
    featured = FeaturedTag.objects.select_related("hashtag").filter(identity=bob)
    assert [row.hashtag.name async for row in featured] == ["remove"]


async def test_a_request_to_quote_from_a_deleted_post_stores_nothing(ada: Identity) -> None:
    """Its Delete came first, when nobody here knew its author."""
    mine = await make_post(ada, quote_policy=InteractionPolicy.public)
    uri = "https://else.test/notes/gone"
    stranger = Identity(uri="https://else.test/users/mia")
    assert (await receive(activity(stranger, "Delete", uri), said_at=ago(5)))[0] == "skipped"
    mia = await make_remote("mia", "else.test")
    note = {
        "id": uri,
        "type": "Note",
        "attributedTo": mia.uri,
        "content": "see",
        "quote": mine.uri,
        "published": ago(15).isoformat(),
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
    }
    request = activity(mia, "QuoteRequest", mine.uri, instrument=note)
    assert await receive(request, said_at=ago(10)) == ("skipped", "it was deleted before it came")
    assert not await Post.objects.filter(uri=uri).aexists()


async def stands(kind: str, post: Post) -> bool:
    if kind == "Like":
        votes = await GroupVote.objects.filter(post=post).acount()
        assert ((await Post.objects.aget(pk=post.pk)).stated_likes or 0) == votes
        return votes == 1
    found = await GroupModeration.objects.filter(post=post).afirst()
    return found is not None and (found.is_locked if kind == "Lock" else found.is_removed)
