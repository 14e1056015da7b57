"""Moderation by groups (FEP-1b12), and attempts of others at it."""

import datetime as dt
from typing import Any

import pytest

from activities.posts.models import GroupModeration, Post
from activities.publishing.activitypub import parse_post
from activities.publishing.handlers.fan_out import fan_out
from activities.publishing.inbox.forwarding import MAX_REFETCHES, refetch_or_delete
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import write_post
from activities.publishing.services.receiving import receive_post
from activities.timelines.queries.timelines import profile_posts
from core.db.paging import Page
from core.errors import NotAllowed
from federation.models import SystemKey
from tests.activities.groups.saying import announce, page, passed_on, shown_in_thread, thread_by
from tests.activities.people import follow, make_post, make_remote
from tests.activities.publishing.test_ap_attacks import PUBLIC, receive
from tests.support.peers import MastodonPeer, outbound
from tests.users.support import key_pair
from users.identities.models import Identity
from users.relations.models import Follow

pytestmark = pytest.mark.anyio


async def test_a_removed_reply_leaves_the_thread(alice: Identity, group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)
    bad = await thread_by(member, group, in_reply_to=post)
    good = await thread_by(member, group, in_reply_to=bad)
    removal = passed_on("Delete", "https://lemmy.test/u/mod", bad.uri, summary="spam")
    assert await announce(group, removal) == ("handled", "")
    assert await shown_in_thread(post) == [good.pk]
    assert (await Post.objects.aget(pk=bad.pk)).deleted_at is None, "its author's profile has it still"
    undo = passed_on("Undo", "https://lemmy.test/u/mod", removal)
    assert await announce(group, undo) == ("handled", "")
    assert await shown_in_thread(post) == [bad.pk, good.pk]


@pytest.mark.parametrize("kind", ["Delete", "Remove"])
async def test_what_a_moderator_removes_is_restored_without_the_group_too(
    alice: Identity, group: Identity, member: Identity, kind: str
) -> None:
    """By any actor on the group's own server; never by others, and never a pin of the group."""
    moderator, evil = await make_remote("mod", "lemmy.test"), await make_remote("evil", "evil.test")
    post = await thread_by(member, group)
    bad = await thread_by(member, group, in_reply_to=post)
    removal = passed_on(kind, moderator, bad.uri, target=group.uri)
    unpin = passed_on("Remove", moderator, bad.uri, target=group.featured_url)
    for said, inner, target, shown in (
        ("Remove", bad.uri, group.featured_url, [bad.pk]),
        (kind, bad.uri, group.uri, []),
        ("Undo", unpin, group.featured_url, []),
        ("Undo", removal, group.uri, [bad.pk]),
        (kind, bad.uri, group.uri, []),
    ):
        assert (await receive(moderator, said, inner, target=target))[0] in {"handled", "skipped"}
        assert await shown_in_thread(post) == shown, (said, target)
    assert (await receive(evil, "Undo", {**removal, "actor": evil.uri}))[0] == "skipped"
    assert (await receive(member, "Undo", passed_on(kind, member, bad.uri)))[0] == "skipped"
    assert await shown_in_thread(post) == []


async def test_a_removed_post_leaves_the_homes_of_the_groups_followers(
    alice: Identity, group: Identity, member: Identity
) -> None:
    post = await thread_by(member, group)
    assert await announce(group, passed_on("Create", member, page(member, group, id=post.uri))) == (
        "handled",
        "",
    )
    boost = await Post.objects.aget(boost_of=post)
    await fan_out([boost])
    assert await receive(await make_remote("mod", "lemmy.test"), "Delete", post.uri) == ("handled", "")
    assert (await Post.objects.aget(pk=boost.pk)).deleted_at is not None
    assert (await Post.objects.aget(pk=post.pk)).deleted_at is None


async def test_replies_in_a_locked_thread_are_refused(
    alice: Identity, group: Identity, member: Identity
) -> None:
    post = await thread_by(member, group)
    answer = await thread_by(member, group, in_reply_to=post)
    moderator = await make_remote("mod", "lemmy.test")
    lock = passed_on("Lock", moderator, post.uri)
    for lock_it, unlock_it in (
        (announce(group, lock), announce(group, passed_on("Undo", moderator, lock))),
        (receive(moderator, "Lock", post.uri), receive(moderator, "Undo", lock)),
    ):
        assert await lock_it == ("handled", "")
        for parent in (post, answer):
            with pytest.raises(NotAllowed, match="locked"):
                await write_post(author=alice, draft=PostDraft(text="But", in_reply_to_id=parent.pk))
        assert await unlock_it == ("handled", "")
        await write_post(author=alice, draft=PostDraft(text="Well", in_reply_to_id=post.pk))


async def test_moderation_by_other_servers_has_no_effect(
    group: Identity, member: Identity, alice: Identity
) -> None:
    evil = await make_remote("evil", "evil.test")
    evil_group = await make_remote("evils", "evil.test", actor_type="Group")
    await follow(alice, evil_group)
    post = await thread_by(member, group)
    answer = await thread_by(member, group, in_reply_to=post)
    assert (await receive(evil, "Delete", answer.uri))[0] == "failed"
    assert (await receive(evil, "Lock", post.uri))[0] == "skipped"
    for kind in ("Remove", "Lock"):
        assert (await announce(evil_group, passed_on(kind, evil, answer.uri)))[0] == "skipped"
    assert await shown_in_thread(post) == [answer.pk]
    await write_post(author=alice, draft=PostDraft(text="Still open", in_reply_to_id=post.pk))


async def test_removing_a_pin_or_a_moderator_removes_no_post(group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)
    answer = await thread_by(member, group, in_reply_to=post)
    unpin = passed_on("Remove", "https://lemmy.test/u/mod", answer.uri, target=group.featured_url)
    assert (await announce(group, unpin))[0] == "handled"
    demote = passed_on(
        "Remove", "https://lemmy.test/u/mod", member.uri, target="https://lemmy.test/c/cats/moderators"
    )
    assert (await announce(group, demote))[0] == "skipped"
    assert await shown_in_thread(post) == [answer.pk]


async def test_an_authors_deletion_that_is_passed_on_is_only_a_hint(
    group: Identity, member: Identity
) -> None:
    """Anybody could write it; the post's own server says whether it is gone."""
    post = await thread_by(member, group)
    forged = passed_on("Delete", member, post.uri)
    assert (await announce(group, forged))[0] == "fetching"
    assert await announce(group, forged, asked=post) == ("handled", "")
    assert (await Post.objects.aget(pk=post.pk)).deleted_at is None
    assert await shown_in_thread(post) == []


async def test_a_removed_post_does_not_come_back(alice: Identity, group: Identity, member: Identity) -> None:
    """A second or late Announce of it puts it into no home again; an Undo of the removal lets it come."""
    post = await thread_by(member, group)
    create = passed_on("Create", member, page(member, group, id=post.uri))
    removal = passed_on("Remove", "https://lemmy.test/u/mod", post.uri)
    await announce(group, create)
    await announce(group, removal)
    assert (await announce(group, create))[0] == "skipped"
    assert (await announce(group, post.uri))[0] == "skipped"
    assert not await Post.objects.filter(boost_of=post, deleted_at=None).aexists()
    await announce(group, passed_on("Undo", "https://lemmy.test/u/mod", removal))
    assert await announce(group, create) == ("handled", "")
    assert await Post.objects.filter(boost_of=post, deleted_at=None).aexists()


async def test_a_ban_removes_the_members_posts_from_the_group(
    alice: Identity, group: Identity, member: Identity
) -> None:
    post = await thread_by(member, group)
    await announce(group, passed_on("Create", member, page(member, group, id=post.uri)))
    answer = await thread_by(member, group, in_reply_to=post)
    elsewhere = await make_post(member, in_reply_to=post)
    other = await thread_by(await make_remote("otto", "else.test"), group, in_reply_to=post)
    everything = [answer.pk, elsewhere.pk, other.pk]

    def ban(**more: Any) -> dict[str, Any]:
        return passed_on("Block", "https://lemmy.test/u/mod", member.uri, **{"target": group.uri, **more})

    for powerless in (
        ban(),
        ban(removeData="yes"),
        ban(removeData=True, target="https://lemmy.test/c/dogs"),
        ban(removeData=True, target=None),
    ):
        assert (await announce(group, powerless))[0] == "skipped"
        assert await shown_in_thread(post) == everything
    assert await announce(group, ban(removeData=True)) == ("handled", "")
    assert await shown_in_thread(post) == [elsewhere.pk, other.pk]
    assert not await Post.objects.filter(boost_of=post, deleted_at=None).aexists()
    assert (await announce(group, passed_on("Undo", "https://lemmy.test/u/mod", ban())))[0] == "skipped"
    undo = passed_on("Undo", "https://lemmy.test/u/mod", ban(restoreData=True))
    assert await announce(group, undo) == ("handled", "")
    assert await shown_in_thread(post) == everything


async def test_a_ban_is_no_block_by_the_moderator(alice: Identity, group: Identity) -> None:
    """Lemmy sends it to whom it bans; the moderator as a person has blocked nobody."""
    moderator = await make_remote("mod", "lemmy.test")
    await follow(alice, moderator)
    assert (await receive(moderator, "Block", alice.uri, target=group.uri))[0] == "skipped"
    assert await Follow.objects.filter(source=alice, target=moderator).aexists()
    assert await receive(moderator, "Block", alice.uri) == ("handled", "")
    assert not await Follow.objects.filter(source=alice, target=moderator).aexists()


async def test_a_group_that_moderators_edited_is_asked_for(group: Identity) -> None:
    moderator = await make_remote("mod", "lemmy.test")
    said = {"id": group.uri, "type": "Group", "name": "Forged", "inbox": group.inbox_url}
    assert (await receive(moderator, "Update", said))[0] == "fetching"
    assert (await announce(group, passed_on("Update", moderator, said)))[0] == "fetching"
    evil = await make_remote("evil", "evil.test")
    assert (await receive(evil, "Update", said))[0] == "failed"
    assert (await Identity.objects.aget(pk=group.pk)).name != "Forged"


async def test_announced_updates_cause_a_bounded_number_of_fetches(
    alice: Identity, group: Identity, member: Identity
) -> None:
    """An Update that a group passes on causes a fetch from the author's server: of posts in the group, and not too often."""
    outside = await make_post(member)
    assert (await announce(group, passed_on("Update", member, outside.uri)))[0] == "skipped"
    inside = await thread_by(member, group)
    assert (await announce(group, passed_on("Update", member, inside.uri)))[0] == "fetching"
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    async with outbound(resolve={"else.test": "127.0.0.1"}), MastodonPeer("else.test") as peer:
        note = peer.note(peer.add_actor("mia"))
        await Post.objects.filter(pk=inside.pk).aupdate(uri=note["id"])
        await Identity.objects.filter(pk=member.pk).aupdate(uri=note["attributedTo"])
        for _ in range(MAX_REFETCHES + 5):
            await refetch_or_delete(note["id"])
        assert [request.path for request in peer.requests].count(
            note["id"].removeprefix(peer.base_url)
        ) == MAX_REFETCHES


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "Undo"},
        {"type": "Undo", "object": "https://lemmy.test/1"},
        {"type": "Undo", "object": {"type": []}},
        {"type": "Like"},
        {"type": "Like", "object": {"id": 7}},
        {"type": "Create"},
        {"type": "Create", "object": []},
        {"type": "Delete", "object": {"id": ["https://x.test/1"]}},
        {"type": ["Lock", 3], "object": None},
    ],
)
async def test_broken_activities_are_skipped(group: Identity, inner: dict[str, Any]) -> None:
    assert (await announce(group, inner))[0] == "skipped"


@pytest.mark.parametrize("is_announced", [True, False])
async def test_early_moderation_applies_when_the_post_arrives(
    alice: Identity, group: Identity, member: Identity, is_announced: bool
) -> None:
    moderator = await make_remote("mod", "lemmy.test")
    pages = [page(member, group) for _ in range(4)]
    locked, removed, unlocked, foreign = (one["id"] for one in pages)
    for kind, uri in (("Lock", locked), ("Delete", removed), ("Lock", unlocked)):
        if is_announced:
            assert (await announce(group, passed_on(kind, moderator, uri)))[0] == "skipped"
        else:
            assert (await receive(moderator, kind, uri))[0] in {"skipped", "failed"}
    undo = passed_on("Undo", moderator, passed_on("Lock", moderator, unlocked))
    await (announce(group, undo) if is_announced else receive(moderator, "Undo", undo["object"]))
    # others decide nothing for this group
    evil = await make_remote("evil", "evil.test")
    assert (await receive(evil, "Lock", foreign))[0] == "skipped"
    assert (await receive(evil, "Delete", foreign))[0] == "failed"
    stored = {}
    for one in pages:
        made = await receive_post(author=member, document=parse_post(one), delivered=False)
        assert made is not None
        stored[one["id"]] = made
    found = {row.post_id: (row.is_locked, row.is_removed) async for row in GroupModeration.objects.all()}
    assert found == {stored[locked].pk: (True, False), stored[removed].pk: (False, True)}


async def test_two_groups_of_one_server_decide_for_themselves(
    alice: Identity, group: Identity, member: Identity
) -> None:
    """What one of them removes stays in the other, whichever is heard of first, and before the post comes, too."""
    dogs = await make_remote("dogs", "lemmy.test", actor_type="Group")
    await follow(alice, dogs)
    moderator = await make_remote("mod", "lemmy.test")
    post = await make_post(member, silent=(group, dogs))
    assert await decided(group, "Delete", moderator, post.uri, at="12:00") == "handled"
    assert await decided(dogs, "Lock", moderator, post.uri, at="11:00") == "handled"
    assert await decided(dogs, "Delete", moderator, post.uri, at="11:00") == "handled"
    undo = passed_on("Delete", moderator, post.uri)
    assert await decided(dogs, "Undo", moderator, undo, at="11:30") == "handled"
    assert await moderated(post, group) == (False, True)
    assert await moderated(post, dogs) == (True, False)
    for said_by in (group, dogs):
        document = page(member, group, to=[group.uri, dogs.uri, PUBLIC])
        await decided(said_by, "Delete", moderator, document["id"], at="12:00")
        made = await receive_post(author=member, document=parse_post(document), delivered=False)
        assert made is not None
        assert [await moderated(made, one) for one in (group, dogs)] == [
            (False, one == said_by) for one in (group, dogs)
        ]
    # a moderator who writes by themselves names the group
    third = await make_post(member, silent=(group, dogs))
    assert (await receive(moderator, "Delete", third.uri, audience=dogs.uri))[0] == "handled"
    assert await moderated(third, group) == (False, False)
    assert await moderated(third, dogs) == (False, True)


async def test_a_group_takes_back_what_its_moderator_said_alone(
    alice: Identity, group: Identity, member: Identity
) -> None:
    """Before the post comes and afterwards; the later word counts."""
    moderator = await make_remote("mod", "lemmy.test")
    lock = {"id": "https://lemmy.test/lock", "type": "Lock", "actor": moderator.uri}
    for early, late, is_locked in (("10:00", "11:00", False), ("11:00", "10:00", True)):
        document = page(member, group)
        inner = {**lock, "object": document["id"]}
        await receive(moderator, "Lock", document["id"], said_at=at(early))
        await decided(group, "Undo", moderator, inner, at=late)
        made = await receive_post(author=member, document=parse_post(document), delivered=False)
        assert made is not None
        assert (await moderated(made, group))[0] is is_locked
        await decided(group, "Undo", moderator, inner, at="10:30")
        assert (await moderated(made, group))[0] is is_locked


def at(time: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-01-01T{time}:00+00:00")


async def decided(said_by: Identity, kind: str, by: Identity, value: object, *, at: str) -> str:
    said_at = dt.datetime.fromisoformat(f"2026-01-01T{at}:00+00:00")
    return (await receive(said_by, "Announce", passed_on(kind, by, value), to=[PUBLIC], said_at=said_at))[0]


async def moderated(post: Post, group: Identity) -> tuple[bool, bool]:
    """Whether it is locked and removed there."""
    row = await GroupModeration.objects.filter(post_id=post.pk, group_id=group.pk).afirst()
    return (False, False) if row is None else (row.is_locked, row.is_removed)


async def test_a_group_pins_what_its_members_wrote(group: Identity, member: Identity) -> None:
    moderator = await make_remote("mod", "lemmy.test")
    post = await thread_by(member, group)
    outside = await make_post(member)
    for one, state in ((post, "handled"), (outside, "skipped")):
        add = passed_on("Add", moderator, one.uri, target=group.featured_url)
        assert (await announce(group, add))[0] == state
    elsewhere = passed_on("Add", moderator, post.uri, target="https://lemmy.test/other/featured")
    assert (await announce(group, elsewhere))[0] == "skipped"
    shown = await profile_posts(group.pk, None, Page(limit=5), pinned=True)
    assert [view.id for view in shown] == [post.pk]
    remove = passed_on("Remove", moderator, post.uri, target=group.featured_url)
    assert await announce(group, remove) == ("handled", "")
    assert not await profile_posts(group.pk, None, Page(limit=5), pinned=True)
