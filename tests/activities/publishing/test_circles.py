"""Posts to circles between servers: each server learns of its own members only, and what comes silently addressed is for a circle."""

import json
from typing import Any

import pytest

from activities.conversations.models import Conversation
from activities.notifications.models import Notification
from activities.polls.handlers import close_polls
from activities.polls.services import PollDraft
from activities.posts.activitypub.post_document import MentionInDocument
from activities.posts.models import Post, PostGraph, Visibility
from activities.publishing.handlers.fan_out import fan_out, publish_deletion, publish_edit
from activities.publishing.services import receiving, receiving_reactions
from activities.timelines.models import HomeEntry
from core.db import sql
from core.errors import NotAllowed
from federation.models import OutgoingActivity
from tests.activities.people import follow, make_remote
from tests.activities.publishing.test_receiving import document
from tests.support.posts import delete_post, edit_post, write_post
from users.circles import services as circles
from users.identities.models import Identity
from users.relations.services import blocking

pytestmark = pytest.mark.anyio


@pytest.fixture
async def people(alice: Identity) -> list[Identity]:
    """Followers of alice on two servers, and one without a shared inbox on the second."""
    found = [await make_remote("amy", "one.test"), await make_remote("bob", "one.test")]
    found += [await make_remote("cat", "two.test"), await make_remote("dan", "two.test", shared_inbox_url="")]
    for person in found:
        await follow(person, alice)
    return found


async def write_to_circle(alice: Identity, people: list[Identity], **more: Any) -> Post:
    circle = await circles.create_circle(identity=alice, title="Friends")
    await circles.add_to_circle(
        identity=alice, circle_id=circle.pk, member_ids=[person.pk for person in people]
    )
    more = {"text": "for few"} | more
    post = await write_post(author=alice, visibility=Visibility.limited, circle_id=circle.pk, **more)
    await fan_out([post])
    await Post.objects.filter(pk=post.pk).aupdate(state=PostGraph.fanned_out.name)
    return post


async def sent() -> dict[frozenset[str], dict[str, Any]]:
    """What is on its way, by the inboxes that get it; nothing is, from then on."""
    found = {}
    for activity in [one async for one in OutgoingActivity.objects.all()]:
        inboxes = await sql.column(
            "SELECT inbox FROM federation_delivery WHERE activity_id = %s", [activity.pk]
        )
        found[frozenset(inboxes)] = json.loads(bytes(activity.body))
    await sql.run("DELETE FROM federation_delivery")
    await OutgoingActivity.objects.all().adelete()
    return found


ONE = frozenset({"https://one.test/inbox"})
TWO = frozenset({"https://two.test/inbox", "https://two.test/users/dan/inbox"})


def check_addresses(found: dict[frozenset[str], dict[str, Any]], kind: str, people: list[Identity]) -> None:
    """Each server got one document, that names its own members, and nobody of the other."""
    amy, bob, cat, dan = [person.uri for person in people]
    assert found.keys() == {ONE, TWO}
    for inboxes, mine, others in ((ONE, {amy, bob}, {cat, dan}), (TWO, {cat, dan}, {amy, bob})):
        activity = found[inboxes]
        assert activity["type"] == kind
        assert set(activity["to"]) == mine
        assert activity["cc"] == []
        assert set(activity["object"].get("to", mine)) == mine
        assert not any(uri in json.dumps(activity) for uri in others)


async def test_each_server_gets_a_document_for_its_own_members(
    alice: Identity, people: list[Identity]
) -> None:
    post = await write_to_circle(alice, people)
    check_addresses(await sent(), "Create", people)
    await edit_post(author=alice, post_id=post.pk, text="for fewer")
    await publish_edit([await Post.objects.aget(pk=post.pk)])
    edited = await sent()
    check_addresses(edited, "Update", people)
    assert all("for fewer" in one["object"]["content"] for one in edited.values())
    await delete_post(author=alice, post_id=post.pk)
    await publish_deletion([await Post.objects.aget(pk=post.pk)])
    check_addresses(await sent(), "Delete", people)


async def test_results_of_a_poll_go_to_the_circle(alice: Identity, people: list[Identity]) -> None:
    post = await write_to_circle(alice, people, poll=PollDraft(["tea", "mate"], 3600))
    await sent()
    await close_polls([post.pk])
    check_addresses(await sent(), "Update", people)


async def test_who_is_named_is_addressed_everywhere(alice: Identity, people: list[Identity]) -> None:
    named = await make_remote("eve", "three.test")
    await write_to_circle(alice, people, text="Eve is @eve@three.test")
    found = await sent()
    assert found.keys() == {ONE, TWO, frozenset({"https://three.test/inbox"})}
    for activity in found.values():
        assert named.uri in activity["to"]
        assert [tag["href"] for tag in activity["object"]["tag"]] == [named.uri]
    assert found[frozenset({"https://three.test/inbox"})]["to"] == [named.uri]


async def test_a_policy_names_nobody_of_other_servers(alice: Identity, people: list[Identity]) -> None:
    await write_to_circle(alice, people, policies={"reply": 0, "like": 2})
    check_addresses(await sent(), "Create", people)


async def test_who_is_blocked_since_learns_only_of_the_deletion(
    alice: Identity, people: list[Identity]
) -> None:
    post = await write_to_circle(alice, people)
    for person in people[:2]:
        await blocking.block(source=alice, target_id=person.pk)
    await sent()
    await edit_post(author=alice, post_id=post.pk, text="for fewer")
    await publish_edit([await Post.objects.aget(pk=post.pk)])
    assert (await sent()).keys() == {TWO}
    await delete_post(author=alice, post_id=post.pk)
    await publish_deletion([await Post.objects.aget(pk=post.pk)])
    check_addresses(await sent(), "Delete", people)


async def receive(author: Identity, **more: Any) -> Post:
    came = document(author, visibility=Visibility.mentioned, **more)
    post = await receiving.receive_post(author=author, document=came)
    assert post is not None
    await fan_out([post])
    return post


async def test_who_is_silently_addressed_has_it_at_home(alice: Identity, bob: Identity) -> None:
    far, carol = await make_remote("far"), await make_remote("carol", "other.test")
    await follow(alice, far)
    await follow(bob, far)
    post = await receive(far, addressed=(alice.uri, carol.uri))
    assert post.visibility == Visibility.limited
    assert [row.identity_id async for row in HomeEntry.objects.filter(post=post)] == [alice.pk]
    assert not await Notification.objects.aexists()
    assert not await Conversation.objects.aexists()


async def test_who_is_mentioned_in_it_is_notified(alice: Identity, bob: Identity) -> None:
    far = await make_remote("far")
    await follow(alice, far)
    await follow(bob, far)
    mentions = (MentionInDocument(bob.uri, "@bob@home.test"),)
    post = await receive(far, addressed=(alice.uri, bob.uri), mentions=mentions)
    assert post.visibility == Visibility.limited
    assert {row.identity_id async for row in HomeEntry.objects.filter(post=post)} == {alice.pk, bob.pk}
    assert [row.identity_id async for row in Notification.objects.all()] == [bob.pk]


async def test_a_message_stays_one(alice: Identity) -> None:
    """To somebody named, or to somebody who does not follow its author, and would find it nowhere."""
    far = await make_remote("far")
    mentions = (MentionInDocument(alice.uri, "@alice@home.test"),)
    unknown = await receive(far, addressed=(alice.uri,))
    await follow(alice, far)
    named = await receive(far, name="2", addressed=(alice.uri,), mentions=mentions)
    assert [post.visibility for post in (unknown, named)] == [Visibility.mentioned] * 2
    assert await Conversation.objects.filter(identity=alice).acount() == 2


async def test_a_member_elsewhere_can_t_boost_it(alice: Identity, people: list[Identity]) -> None:
    post = await write_to_circle(alice, people)
    with pytest.raises(NotAllowed):
        await receiving_reactions.receive_boost(
            author=people[0],
            original=post,
            uri=f"{people[0].uri}/boosts/1",
            visibility=Visibility.public,
            published=None,
        )
    assert not await Post.objects.exclude(boost_of=None).aexists()
