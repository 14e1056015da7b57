"""Likes and dislikes that groups announce: counted once, stored for 30 days."""

import pytest

from activities.posts.models import GroupVote, Like
from activities.posts.queries import posts as post_reads
from activities.publishing.handlers.cleaning import remove_old_group_votes
from core.ids import id_at
from federation.models import InboxMessage, Peer, Policy
from tests.activities.groups.saying import announce, page, passed_on, thread_by
from tests.activities.people import ago, make_post, make_remote
from tests.activities.publishing.test_ap_attacks import receive
from tests.users.inbox.messages import activity, stored
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


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


async def test_votes_add_to_the_likes_that_are_known(
    alice: Identity, group: Identity, member: Identity
) -> None:
    """A like may come from its actor and by the group, too; one of a blocked server counts in neither way."""
    post = await make_post(alice, mentions=(group,))
    fan = await make_remote("fan", "fans.test")
    await Peer.objects.acreate(host="blocked.test", policy=Policy.blocked)
    assert await receive(fan, "Like", post.uri) == ("handled", "")
    for voter, likes in (
        (fan.uri, 1),
        ("https://h1.test/u", 2),
        ("https://sub.blocked.test/u", 2),
        ("", 2),
        ("https://h2.test/u", 3),
    ):
        await announce(group, {**passed_on("Like", fan, post.uri), "actor": voter})
        assert (await post_reads.get_post(post.pk, None)).likes_count == likes, voter


async def test_votes_end_with_the_age_of_a_post(alice: Identity, group: Identity, member: Identity) -> None:
    """So that nobody fills the disk with them. The number stays."""
    old = ago(days=31)
    post = await thread_by(member, group, created_at=old, id=id_at(old), stated_likes=7)
    young = await thread_by(member, group)
    await GroupVote.objects.acreate(post=post, voter=1)
    assert (await announce(group, passed_on("Like", "https://h1.test/u", post.uri)))[0] == "skipped"
    assert (await announce(group, passed_on("Like", "https://h1.test/u", young.uri)))[0] == "handled"
    await remove_old_group_votes()
    assert [vote.post_id async for vote in GroupVote.objects.all()] == [young.pk]
    assert (await post_reads.get_post(post.pk, None)).likes_count == 7


async def test_votes_for_posts_elsewhere_are_not_counted(group: Identity, member: Identity) -> None:
    post = await make_post(member)
    outcome = await announce(group, passed_on("Like", "https://h1.test/u", post.uri))
    assert outcome == ("skipped", "no post of this group that is here is meant")
    assert (await post_reads.get_post(post.pk, None)).likes_count == 0


@pytest.mark.parametrize("is_known_in_the_end", [True, False])
async def test_votes_wait_for_a_post_that_is_being_fetched(
    group: Identity, member: Identity, is_known_in_the_end: bool
) -> None:
    """Of those of the same group only, and no longer than the fetch takes."""
    uri = f"https://{member.host}/post/slow"
    other = await make_remote("dogs", "lemmy.test", actor_type="Group")
    create = await stored(
        activity(group, "Announce", passed_on("Create", member, page(member, group, id=uri)))
    )
    wants = {"todo": [["object", uri]], "done": []}
    await InboxMessage.objects.filter(pk=create.pk).aupdate(
        state="fetching", state_error="the server did not answer", wants=wants
    )
    like = passed_on("Like", "https://h1.test/u", uri)
    early = [
        like,
        passed_on("Undo", "https://h1.test/u", like),
        passed_on("Dislike", "https://h2.test/u", uri),
    ]
    early += [passed_on("Add", "https://lemmy.test/u/mod", uri, target=group.featured_url)]
    for one in early:
        assert await announce(group, one) == ("later", f"waits until {uri} was fetched")
        assert (await announce(other, one))[0] == "skipped"
    assert (await announce(group, passed_on("Like", "https://h1.test/u", f"{uri}2")))[0] == "skipped"
    await InboxMessage.objects.filter(pk=create.pk).aupdate(state="skipped")
    if is_known_in_the_end:
        post = await thread_by(member, group, uri=uri)
        assert await announce(group, like) == ("handled", "")
        assert (await post_reads.get_post(post.pk, None)).likes_count == 1
    else:
        assert await announce(group, like) == ("skipped", "no post of this group that is here is meant")


async def test_an_announced_vote_of_a_local_actor_is_ignored(
    alice: Identity, group: Identity, member: Identity
) -> None:
    post = await thread_by(member, group)
    await announce(group, passed_on("Like", alice, post.uri))
    assert (await post_reads.get_post(post.pk, None)).likes_count == 0


async def test_a_dislike_is_ignored_with_a_reason(group: Identity, member: Identity) -> None:
    post = await thread_by(member, group)
    dislike = passed_on("Dislike", member, post.uri)
    assert await receive(member, "Dislike", post.uri) == ("skipped", "dislikes are not shown here")
    assert await receive(member, "Undo", dislike) == ("skipped", "dislikes are not shown here")
