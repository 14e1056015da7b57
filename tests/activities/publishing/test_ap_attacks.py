"""Attacks by authenticated servers on objects of others. The messages are verified: their senders are who they claim to be."""

import datetime as dt
import itertools
from typing import Any

import msgspec
import pytest

from activities.notifications.models import Notification
from activities.posts.models import Like, Mention, Pin, Post, PostGraph, Visibility
from core.db import async_atomic
from federation.handlers.inbox import handle_messages
from federation.models import InboxMessage
from federation.peers import host_of
from tests.activities.people import ago, follow, make_local, make_post, make_remote
from users.identities.models import Identity
from users.relations.models import Follow

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_numbers = itertools.count(1)


@pytest.fixture
async def good(alice: Identity) -> Identity:
    """Somebody whom Alice follows."""
    identity = await make_remote("good", "good.test", featured_url="https://good.test/users/good/featured")
    await follow(alice, identity)
    return identity


@pytest.fixture
async def evil(alice: Identity) -> Identity:
    """Somebody on another server, whom Alice follows, too."""
    identity = await make_remote("evil", "evil.test", featured_url="https://evil.test/users/evil/featured")
    await follow(alice, identity)
    return identity


def note(author: Identity, **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://{author.host}/notes/{next(_numbers)}",
        "type": "Note",
        "attributedTo": author.uri,
        "content": "<p>words</p>",
        "to": [PUBLIC],
        "published": "2024-01-01T00:00:00Z",
        **more,
    }


async def receive(
    actor: Identity,
    kind: str,
    value: Any,
    *,
    inbox_of: Identity | None = None,
    fetched: tuple[str, str] | None = None,
    said_at: dt.datetime | None = None,
    **more: Any,
) -> tuple[str, str]:
    """(state, reason) of the message. `fetched`: (kind, URI) of a need that was met before. `said_at`: when it was signed."""
    document = {
        "id": f"https://{host_of(actor.uri)}/activities/{next(_numbers)}",
        "type": kind,
        "actor": actor.uri,
        "object": value,
        **more,
    }
    body = msgspec.json.encode(document)
    message = await InboxMessage.objects.acreate(
        state="received",
        activity_id=document["id"],
        activity_type=kind,
        actor=actor.uri,
        host=host_of(actor.uri),
        key_id="",
        size=len(body),
        body=body,
        inbox=f"{inbox_of.host}/{inbox_of.username}" if inbox_of else "",
        wants={"todo": [], "done": [fetched]} if fetched else None,
        said_at=said_at,
    )
    async with async_atomic():
        outcome = (await handle_messages([message]))[message.pk]
    reason = (await InboxMessage.objects.aget(pk=message.pk)).reason
    await message.adelete()  # a later one of this actor would wait for it: no worker moves it on
    return (outcome.state.name if outcome.state else outcome.kind.value), reason or outcome.reason


async def posts() -> int:
    return await Post.objects.acount()


# --- writing in others' names ------------------------------------------------------------------------------------------


async def test_activities_on_own_objects_are_accepted(good: Identity) -> None:
    written = note(good)
    assert await receive(good, "Create", written) == ("handled", "")
    assert (await Post.objects.aget(uri=written["id"])).author_id == good.pk


async def test_a_create_attributed_to_another_actor_is_refused(good: Identity, evil: Identity) -> None:
    neighbour = await make_remote("neighbour", "evil.test")
    for forged in (
        note(evil, attributedTo=good.uri),
        note(evil, attributedTo=neighbour.uri),
        note(evil, attributedTo=[good.uri]),
        note(evil, attributedTo=None),
    ):
        outcome, _ = await receive(evil, "Create", forged)
        assert outcome == "failed", forged
    assert await posts() == 0


async def test_an_id_on_another_server_is_asked_for_there(good: Identity, evil: Identity) -> None:
    """Nothing of the embedded object is believed; the fetch, which finds the truth, is the worker's business."""
    forged = note(good, attributedTo=evil.uri)
    assert (await receive(evil, "Create", forged))[0] == "fetching"
    assert await posts() == 0
    await make_post(good, uri=forged["id"])
    assert await receive(evil, "Create", forged) == ("skipped", "it is not by the sender")


async def test_an_update_of_another_actors_post_is_refused(good: Identity, evil: Identity) -> None:
    post = await make_post(good)
    neighbour = await make_remote("neighbour", "good.test")
    forged = note(good, id=post.uri, content="<p>forged</p>", updated="2030-01-01T00:00:00Z")
    for actor, attributed in (
        (evil, good.uri),
        (evil, evil.uri),
        (neighbour, good.uri),
        (neighbour, neighbour.uri),
    ):
        outcome, reason = await receive(actor, "Update", {**forged, "attributedTo": attributed})
        assert outcome in {"failed", "skipped"}, (actor.uri, attributed)
        if attributed != actor.uri and actor == neighbour:  # of another host's document nothing is read
            assert (outcome, reason) == ("failed", "only its author may change a post")
    assert (await Post.objects.aget(pk=post.pk)).content == "<p>words</p>"
    assert await receive(good, "Update", forged) == ("handled", "")


async def test_a_delete_of_another_actors_post_is_refused(
    good: Identity, evil: Identity, alice: Identity
) -> None:
    neighbour = await make_remote("neighbour", "good.test")
    for post in (await make_post(good), await make_post(alice)):
        for value in (post.uri, {"id": post.uri, "type": "Tombstone"}, {"id": post.uri, "type": "Note"}):
            for actor in (evil, neighbour):
                assert (await receive(actor, "Delete", value))[0] == "failed"
        assert (await Post.objects.aget(pk=post.pk)).deleted_at is None


async def test_a_forged_delete_does_not_block_a_later_create(good: Identity, evil: Identity) -> None:
    """A Delete or Undo of something unknown is remembered, but not if it names another server's."""
    coming = note(good)
    boost = f"https://good.test/boosts/{next(_numbers)}"
    for kind, value in (
        ("Delete", coming["id"]),
        ("Delete", {"id": coming["id"], "type": "Tombstone"}),
        ("Undo", coming["id"]),
        ("Undo", {"id": coming["id"], "type": "Announce", "object": "https://x.test/1"}),
        ("Undo", {"id": boost, "type": "Announce", "object": "https://x.test/1"}),
        ("Undo", boost),
    ):
        assert (await receive(evil, kind, value))[0] in {"failed", "skipped"}, (kind, value)
    assert await posts() == 0
    assert await receive(good, "Create", coming) == ("handled", "")


# --- reactions -----------------------------------------------------------------------------------------------------------


async def test_an_undo_of_another_actors_like_or_boost_is_refused(
    good: Identity, evil: Identity, alice: Identity
) -> None:
    post = await make_post(alice)
    like = {"id": "https://good.test/likes/1", "type": "Like", "object": post.uri, "actor": good.uri}
    assert (await receive(good, "Like", post.uri, id=like["id"]))[0] == "handled"
    assert (await receive(good, "Announce", post.uri, id="https://good.test/boosts/1", to=[PUBLIC]))[
        0
    ] == "handled"
    boost = {"id": "https://good.test/boosts/1", "type": "Announce", "object": post.uri, "actor": good.uri}
    for value in (like, like["id"], boost, boost["id"]):
        assert (await receive(evil, "Undo", value))[0] in {"failed", "skipped"}, value
    assert await Like.objects.acount() == 1
    assert await Post.objects.filter(boost_of=post, deleted_at=None).acount() == 1
    assert (await receive(good, "Undo", like))[0] == "handled"
    assert (await receive(good, "Undo", boost["id"]))[0] == "handled"
    assert await Like.objects.acount() == 0


async def test_a_like_that_another_server_took_back_still_counts(
    good: Identity, evil: Identity, alice: Identity
) -> None:
    post = await make_post(alice)
    like_id = "https://good.test/likes/7"
    await receive(evil, "Undo", {"id": like_id, "type": "Like", "object": post.uri})
    await receive(evil, "Undo", {"id": "https://good.test/follows/7", "type": "Follow", "object": alice.uri})
    assert (await receive(good, "Like", post.uri, id=like_id))[0] == "handled"
    assert (await receive(good, "Follow", alice.uri, id="https://good.test/follows/7"))[0] == "handled"
    assert await Like.objects.acount() == 1
    assert await Follow.objects.filter(source=good, target=alice).aexists()


async def test_invisible_posts_cannot_be_liked_or_boosted(
    good: Identity, evil: Identity, alice: Identity
) -> None:
    for visibility in (Visibility.followers, Visibility.mentioned, Visibility.local_only):
        post = await make_post(alice, visibility)
        assert (await receive(evil, "Like", post.uri))[0] == "failed"
        assert (await receive(evil, "Announce", post.uri, to=[PUBLIC]))[0] == "failed"
        assert (await receive(evil, "Announce", {"id": post.uri, "type": "Note", "content": "forged"}))[
            0
        ] == "failed"
    assert await Like.objects.acount() == 0
    assert await Post.objects.filter(boost_of__isnull=False).acount() == 0


async def test_a_boost_brings_nothing_of_what_it_embeds(good: Identity, evil: Identity) -> None:
    """The embedded post is its author's server's to show, even if it stands on the booster's own host."""
    for forged in (note(good), note(evil, attributedTo=good.uri)):
        assert (await receive(evil, "Announce", forged, to=[PUBLIC]))[0] == "fetching"
    assert await posts() == 0


async def test_a_pin_for_another_actor_is_refused(good: Identity, evil: Identity) -> None:
    theirs, own = await make_post(good), await make_post(evil)
    for value, target in (
        (theirs.uri, good.featured_url),
        (own.uri, good.featured_url),
        (theirs.uri, evil.featured_url),
    ):
        assert (await receive(evil, "Add", value, target=target))[0] == "skipped"
    assert await Pin.objects.acount() == 0
    assert (await receive(good, "Add", theirs.uri, target=good.featured_url))[0] == "handled"
    assert (await receive(evil, "Remove", theirs.uri, target=good.featured_url))[0] == "skipped"
    assert await Pin.objects.acount() == 1
    assert (await receive(good, "Remove", theirs.uri, target=good.featured_url))[0] == "handled"
    assert await Pin.objects.acount() == 0


# --- too much, and not meant for anyone here -----------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_post_may_name_only_so_many(alice: Identity, good: Identity) -> None:
    assert alice.domain is not None
    people = [await make_local(f"p{number}", alice.domain) for number in range(130)]
    tags = [{"type": "Mention", "href": one.uri, "name": f"@{one.username}@{one.host}"} for one in people]
    crowd = [*[f"https://x.test/{n}" for n in range(20_000)], *(one.uri for one in people)]
    spam = note(good, to=[PUBLIC, *(one.uri for one in people)], cc=crowd, tag=tags * 3)
    assert (await receive(good, "Create", spam))[0] == "handled"
    assert await Mention.objects.filter(is_silent=False).acount() <= 100


async def test_posts_of_unknown_actors_without_local_addressees_are_not_stored(alice: Identity) -> None:
    stranger = await make_remote("stranger", "else.test")
    assert await receive(stranger, "Create", note(stranger)) == ("skipped", "it concerns nobody here")
    assert (await receive(stranger, "Announce", "https://x.test/1"))[0] == "skipped"
    assert (await receive(stranger, "Like", "https://x.test/1"))[0] == "skipped"
    assert await posts() == 0
    assert await Notification.objects.acount() == 0


async def test_a_post_to_an_unknown_list_is_readable_by_its_recipient_only(alice: Identity) -> None:
    assert alice.domain is not None
    other = await make_local("other", alice.domain)
    stranger = await make_remote("stranger", "else.test")
    to_alice = note(stranger, to=["https://else.test/lists/7"])
    assert (await receive(stranger, "Create", to_alice, inbox_of=alice))[0] == "handled"
    post = await Post.objects.aget(uri=to_alice["id"])
    assert post.visibility == Visibility.mentioned
    assert [row.identity_id async for row in Mention.objects.filter(post=post)] == [alice.pk]
    for_followers = note(stranger, to=[stranger.followers_url])
    assert (await receive(stranger, "Create", for_followers, inbox_of=other))[0] == "handled"
    assert not await Mention.objects.filter(identity=other).aexists()


async def test_a_create_by_name_reaches_homes_once_it_is_fetched(good: Identity) -> None:
    uri = f"https://good.test/notes/{next(_numbers)}"
    assert (await receive(good, "Create", uri))[0] == "fetching"
    for fetched_at, state in ((ago(hours=1), PostGraph.fanned_out), (ago(hours=-1), PostGraph.new)):
        post = await make_post(good, fetched_at=fetched_at)
        assert (await receive(good, "Create", post.uri))[0] == "handled"
        assert (await Post.objects.aget(pk=post.pk)).state == state.name


async def test_a_create_by_name_is_fetched_for_those_whom_it_addresses(alice: Identity) -> None:
    stranger = await make_remote("stranger", "else.test")
    own, other = (f"https://{host}/notes/{next(_numbers)}" for host in ("else.test", "victim.test"))
    nobody = ("skipped", "it concerns nobody here")
    assert (await receive(stranger, "Create", own, cc=[alice.uri]))[0] == "fetching"
    assert (await receive(stranger, "Create", own, inbox_of=alice))[0] == "fetching"
    assert await receive(stranger, "Create", own, to=[PUBLIC, stranger.uri]) == nobody
    assert await receive(stranger, "Create", other, to=[alice.uri]) == nobody
    assert await receive(stranger, "Create", other, inbox_of=alice) == nobody
