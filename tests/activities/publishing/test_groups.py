"""Groups (FEP-1b12) as Lemmy, PieFed, Mbin, NodeBB and Guppe send them: posts once, replies, votes, moderation, and lies about all of these."""

import itertools
import json
from typing import Any

import httpx
import pytest

from activities.posts.models import GroupVote, Like, Mention, Post, Visibility
from activities.posts.queries import posts as post_reads
from activities.posts.queries import threads
from activities.publishing.activitypub import parse_post
from activities.publishing.handlers.fan_out import fan_out
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import write_post
from activities.timelines.models import HomeEntry
from core.errors import NotAllowed
from federation.models import Delivery, OutgoingActivity
from tests.activities.people import follow, make_domain, make_local, make_post, make_remote
from tests.activities.publishing.test_ap_attacks import PUBLIC, receive
from users.identities.models import Identity

pytestmark = pytest.mark.anyio
_numbers = itertools.count(1)


@pytest.fixture
async def alice(db: None) -> Identity:
    return await make_local("alice", await make_domain())


@pytest.fixture
async def group(alice: Identity) -> Identity:
    """A community that Alice follows."""
    made = await make_remote(
        "cats", "lemmy.test", actor_type="Group", featured_url="https://lemmy.test/users/cats/featured"
    )
    await follow(alice, made)
    return made


@pytest.fixture
async def member(group: Identity) -> Identity:
    return await make_remote("mia", "else.test")


async def thread_by(member: Identity, group: Identity, **more: Any) -> Post:
    """A post of a member in the group, as a fetch has stored it."""
    return await make_post(member, silent=(group,), **more)


def passed_on(kind: str, actor: Identity | str, value: Any, **more: Any) -> dict[str, Any]:
    uri = actor if isinstance(actor, str) else actor.uri
    host = uri.split("/")[2]
    return {
        "id": f"https://{host}/activities/{next(_numbers)}",
        "type": kind,
        "actor": uri,
        "object": value,
        "to": [PUBLIC],
        **more,
    }


async def announce(group: Identity, inner: object, *, asked: Post | None = None) -> tuple[str, str]:
    """(state, reason). `asked`: this post's server was asked for it already, and showed it unchanged."""
    fetched = None if asked is None else ("object or its end", asked.uri)
    return await receive(group, "Announce", inner, to=[PUBLIC], cc=[group.followers_url], fetched=fetched)


def page(author: Identity, group: Identity, **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://{author.host}/post/{next(_numbers)}",
        "type": "Page",
        "attributedTo": author.uri,
        "name": "Cats in boxes",
        "content": "<p>Look.</p>",
        "to": [group.uri, PUBLIC],
        "audience": group.uri,
        "attachment": [{"type": "Link", "href": "https://news.test/boxes"}],
        "published": "2026-01-01T00:00:00Z",
        **more,
    }


async def home_of(person: Identity) -> list[int]:
    return [entry.post_id async for entry in HomeEntry.objects.filter(identity=person)]


async def shown_in_thread(post: Post) -> list[int]:
    around = await threads.context(post.pk, None)
    return [view.id for view in around.descendants]


# --- posts ---------------------------------------------------------------------------------------------------------------


async def test_a_post_of_the_group_comes_once(alice: Identity, group: Identity, member: Identity) -> None:
    """Lemmy announces each post twice: the Create around it, and for Mastodon the post alone."""
    await follow(alice, member)
    post = await thread_by(member, group)
    create = passed_on("Create", member, page(member, group, id=post.uri))
    assert await announce(group, create) == ("handled", "")
    assert await announce(group, post.uri) == ("handled", "")
    boost = await Post.objects.aget(boost_of=post)
    assert boost.author_id == group.pk
    await fan_out([boost])
    assert await home_of(alice) == [boost.pk]
    # its author's own Create comes late: Alice, who follows both, has the post already
    await fan_out([post])
    assert await home_of(alice) == [boost.pk]


async def test_an_unknown_post_is_asked_for_at_its_own_server(group: Identity, member: Identity) -> None:
    """Nothing that a group embeds is believed, on whatever host the Create claims to be."""
    for inner in (
        passed_on("Create", member, page(member, group, content="<p>forged</p>")),
        passed_on("Create", group, page(member, group, content="<p>forged</p>")),
    ):
        assert (await announce(group, inner))[0] == "fetching"
    assert await Post.objects.acount() == 0


async def test_a_reply_is_stored_where_its_conversation_is(group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)
    answer = await thread_by(member, group, in_reply_to=post)
    known = passed_on("Create", member, {"id": answer.uri, "type": "Note", "inReplyTo": post.uri})
    assert await announce(group, known) == ("handled", "")
    assert not await Post.objects.filter(boost_of=answer).aexists(), "a reply is not put into homes"
    lost = {"id": f"https://{member.host}/9", "type": "Note", "inReplyTo": "https://lemmy.test/post/unknown"}
    assert await announce(group, passed_on("Create", member, lost)) == (
        "skipped",
        "its conversation is not here",
    )
    wanted = {**lost, "inReplyTo": post.uri}
    assert (await announce(group, passed_on("Create", member, wanted)))[0] == "fetching"


async def test_only_groups_pass_on_activities(group: Identity, member: Identity, alice: Identity) -> None:
    await follow(alice, member)
    post = await thread_by(member, group)
    for kind in ("Create", "Delete", "Lock", "Like"):
        outcome = await announce(member, passed_on(kind, member, post.uri))
        assert outcome == ("skipped", "activities are passed on by groups only")
    assert await Post.objects.acount() == 1


async def test_a_group_that_nobody_follows_brings_nothing(member: Identity) -> None:
    stranger = await make_remote("dogs", "piefed.test", actor_type="Group")
    inner = passed_on("Create", member, page(member, stranger))
    assert await announce(stranger, inner) == ("skipped", "nobody here follows the group")


async def test_a_link_post_has_its_title_and_its_link(group: Identity, member: Identity) -> None:
    parsed = parse_post(page(member, group))
    assert parsed.title == "Cats in boxes"
    assert 'href="https://news.test/boxes"' in parsed.content_html
    assert parsed.attachments == []
    picture = parse_post(
        page(member, group, attachment=[{"type": "Link", "href": "https://lemmy.test/pictrs/1.png"}])
    )
    assert [one.kind for one in picture.attachments] == ["image"]


# --- replies from here -----------------------------------------------------------------------------------------------------


async def test_a_reply_goes_to_the_group(
    alice: Identity, group: Identity, member: Identity, client: httpx.AsyncClient
) -> None:
    post = await thread_by(member, group)
    answer = await write_post(author=alice, draft=PostDraft(text="Mine, too", in_reply_to_id=post.pk))
    assert await Mention.objects.filter(post=answer, identity=group, is_silent=True).aexists()
    await fan_out([answer])
    sent = await OutgoingActivity.objects.alatest("id")
    document = json.loads(bytes(sent.body))
    assert document["object"]["audience"] == group.uri
    assert group.uri in document["object"]["cc"]
    assert all(tag.get("href") != group.uri for tag in document["object"]["tag"]), (
        "it is addressed, not named"
    )
    hosts = {delivery.host async for delivery in Delivery.objects.filter(activity=sent)}
    assert "lemmy.test" in hosts
    # an answer to that answer goes there as well
    more = await write_post(author=alice, draft=PostDraft(text="And more", in_reply_to_id=answer.pk))
    assert await Mention.objects.filter(post=more, identity=group).aexists()


async def test_a_private_reply_does_not_go_to_the_group(
    alice: Identity, group: Identity, member: Identity
) -> None:
    post = await thread_by(member, group)
    draft = PostDraft(
        text="@mia@else.test between us", in_reply_to_id=post.pk, visibility=Visibility.mentioned
    )
    answer = await write_post(author=alice, draft=draft)
    assert not await Mention.objects.filter(post=answer, identity=group).aexists()


# --- votes -----------------------------------------------------------------------------------------------------------------


async def test_votes_are_counted_once_and_dislikes_are_no_likes(group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)

    async def likes() -> int:
        return (await post_reads.get_post(post.pk, None)).likes_count

    for number in (1, 2, 2):
        await announce(group, passed_on("Like", f"https://h{number}.test/u", post.uri))
    assert await likes() == 2
    await announce(group, passed_on("Dislike", "https://h3.test/u", post.uri))
    assert await likes() == 2
    await announce(group, passed_on("Dislike", "https://h2.test/u", post.uri))  # who thought better of it
    assert await likes() == 1
    like = passed_on("Like", "https://h1.test/u", post.uri)
    for _ in range(2):
        await announce(group, passed_on("Undo", "https://h1.test/u", like))
    assert await likes() == 0
    assert await Like.objects.acount() == 0
    assert await GroupVote.objects.acount() == 0
    assert await Identity.objects.acount() == 3, "nobody is fetched for a vote"


async def test_votes_for_posts_elsewhere_are_not_counted(group: Identity, member: Identity) -> None:
    post = await make_post(member)
    outcome = await announce(group, passed_on("Like", "https://h1.test/u", post.uri))
    assert outcome == ("skipped", "no post of this group that is here is meant")
    assert (await post_reads.get_post(post.pk, None)).likes_count == 0


async def test_nobody_here_votes_by_a_group(alice: Identity, group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)
    await announce(group, passed_on("Like", alice, post.uri))
    assert (await post_reads.get_post(post.pk, None)).likes_count == 0


async def test_a_dislike_is_ignored_with_a_reason(group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)
    dislike = passed_on("Dislike", member, post.uri)
    assert await receive(member, "Dislike", post.uri) == ("skipped", "dislikes are not shown here")
    assert await receive(member, "Undo", dislike) == ("skipped", "dislikes are not shown here")


# --- moderation --------------------------------------------------------------------------------------------------------------


async def test_a_removed_reply_leaves_the_thread(alice: Identity, group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)
    bad = await thread_by(member, group, in_reply_to=post)
    good = await thread_by(member, group, in_reply_to=bad)
    removal = passed_on("Delete", "https://lemmy.test/u/mod", bad.uri, summary="spam")
    assert (await announce(group, removal))[0] == "fetching"
    assert await announce(group, removal, asked=bad) == ("handled", "")
    assert await shown_in_thread(post) == [good.pk]
    assert (await Post.objects.aget(pk=bad.pk)).deleted_at is None, "its author's profile has it still"
    undo = passed_on("Undo", "https://lemmy.test/u/mod", removal)
    assert await announce(group, undo) == ("handled", "")
    assert await shown_in_thread(post) == [bad.pk, good.pk]


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


async def test_nobody_answers_in_a_locked_thread(alice: Identity, group: Identity, member: Identity) -> None:
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


async def test_other_servers_moderate_nothing(group: Identity, member: Identity, alice: Identity) -> None:
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
    assert (await announce(group, unpin))[0] == "skipped"
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
