"""Posts that groups announce (FEP-1b12): at home once, replies in their threads; and replies from here."""

import json

import httpx
import pytest

from activities.posts.models import Mention, Post, Visibility
from activities.publishing.activitypub import parse_post
from activities.publishing.handlers.fan_out import fan_out
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import write_post
from federation.models import Delivery, OutgoingActivity
from tests.activities.groups.saying import announce, home_of, page, passed_on, thread_by
from tests.activities.people import follow, make_post, make_remote
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


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


async def test_a_reply_that_is_boosted_comes_home_only_from_elsewhere(
    alice: Identity, group: Identity, member: Identity
) -> None:
    """Guppe boosts whatever names the group. A reply in a thread of the group belongs there, one to a post elsewhere is news."""
    post = await thread_by(member, group)
    answer = await thread_by(member, group, in_reply_to=post)
    assert (await announce(group, answer.uri))[0] == "skipped"
    hint = await thread_by(member, group, in_reply_to=await make_post(member))
    assert await announce(group, hint.uri) == ("handled", "")
    assert [boost.boost_of_id async for boost in Post.objects.filter(author=group)] == [hint.pk]


async def test_a_private_post_is_never_shown_by_a_group(
    alice: Identity, group: Identity, member: Identity
) -> None:
    for visibility in (Visibility.followers, Visibility.mentioned):
        for author in (alice, member):
            secret = await make_post(author, visibility, silent=(group,))
            create = passed_on("Create", author, page(author, group, id=secret.uri))
            assert (await announce(group, create))[0] == "failed"
            assert (await announce(group, secret.uri))[0] == "failed"
    assert not await Post.objects.filter(author=group).aexists()


async def test_only_groups_pass_on_activities(group: Identity, member: Identity, alice: Identity) -> None:
    await follow(alice, member)
    post = await thread_by(member, group)
    for kind in ("Create", "Delete", "Lock", "Like"):
        outcome = await announce(member, passed_on(kind, member, post.uri))
        assert outcome == ("skipped", "activities are passed on by groups only")
    assert await Post.objects.acount() == 1


async def test_announces_of_an_unfollowed_group_are_ignored(member: Identity) -> None:
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
