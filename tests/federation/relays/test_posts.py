"""Posts that relays name, honest and not, and our own on their way there."""

import datetime as dt
import json
from typing import Any

import httpx
import pytest

from activities.notifications.models import Notification
from activities.posts.models import Post, Visibility
from activities.publishing.handlers.fan_out import fan_out, publish_deletion, publish_edit
from activities.tags.services.following import follow_tag
from activities.timelines.models import HomeEntry
from core.db import async_atomic
from federation.documents import PUBLIC
from federation.models import InboxMessage, OutgoingActivity, Policy, Relay
from federation.peers import set_policy
from federation.relays import queries, subscribing
from stator.workers.worker import Worker
from tests.activities import people
from tests.federation.conftest import post
from tests.federation.relays.conftest import subscribe
from tests.support.peers import (
    Actor,
    ActorRelay,
    HashtagPeer,
    InboxRelay,
    Liar,
    MastodonPeer,
    RelayPeer,
    Reply,
)
from tests.support.posts import write_post
from tests.support.waiting import wait_until
from tests.users.support import sent
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def tagged(peer: MastodonPeer, author: Actor, *names: str, **extra: Any) -> dict[str, Any]:
    tags = [{"type": "Hashtag", "name": f"#{name}", "href": f"{peer.base_url}/tags/{name}"} for name in names]
    return peer.note(author, tag=tags, **extra)


async def homes() -> set[tuple[str, str]]:
    entries = HomeEntry.objects.select_related("identity", "post")
    return {(entry.identity.username, entry.post.uri) async for entry in entries}


async def federated(local: httpx.AsyncClient) -> list[str]:
    page = await local.get("/api/v1/timelines/public", params={"remote": "true"})
    assert page.status_code == 200
    return [status["uri"] for status in page.json()]


async def say(local: httpx.AsyncClient, relay: RelayPeer, *documents: dict[str, Any]) -> list[InboxMessage]:
    """Post what a relay says, and wait until all messages have ended."""
    for document in documents:
        assert (await post(local, relay, relay.actor, document)).status_code in (202, 401)
    return await settled_all()


async def settled_all() -> list[InboxMessage]:
    async def ended() -> list[InboxMessage]:
        found = [one async for one in InboxMessage.objects.order_by("id")]
        return found if all(one.state in ("handled", "skipped", "failed") for one in found) else []

    return await wait_until(ended, 20)


async def test_posts_come_by_both_dialects(
    alice: Identity,
    local: httpx.AsyncClient,
    inbox_relay: InboxRelay,
    actor_relay: ActorRelay,
    peer: MastodonPeer,
    ana: Actor,
    worker: Worker,
) -> None:
    """They are in the federated timeline and the homes of their hashtags' followers, once; nobody is notified, no other home has them."""
    bob = await people.make_local("bob", await Domain.objects.aget())
    await follow_tag(identity=alice, name="cats")
    await subscribe(local, inbox_relay)
    await subscribe(local, actor_relay)
    one = tagged(peer, ana, "Cats", cc=[bob.uri], content=f'<p><a href="{bob.uri}">@bob</a> cats</p>')
    one["tag"].append({"type": "Mention", "href": bob.uri, "name": "@bob@testserver"})
    two, three = tagged(peer, ana, "dogs"), tagged(peer, ana, "cats")
    peer.add_document(InboxRelay.forward(three))  # some relays name the Create instead
    messages = await say(
        local,
        inbox_relay,
        inbox_relay.forward(one),
        inbox_relay.forward(one),
        inbox_relay.announce(two["id"]),
    )
    messages = await say(
        local, actor_relay, actor_relay.announce(one["id"]), actor_relay.announce(f"{three['id']}/activity")
    )
    assert not [message.reason for message in messages if message.state == "failed"]
    assert set(await federated(local)) == {one["id"], two["id"], three["id"]}
    assert await homes() == {("alice", one["id"]), ("alice", three["id"])}
    assert await Notification.objects.acount() == 0
    assert await Post.objects.filter(boost_of__isnull=False).acount() == 0
    counts = {
        relay.dialect: (relay.received, relay.posts, relay.dropped) async for relay in Relay.objects.all()
    }
    assert counts == {"inbox": (3, 2, 0), "actor": (2, 1, 0)}
    assert await Relay.objects.filter(last_heard_at=None).acount() == 0
    # its author's own Create comes later, for a follower of the author and for Bob, whom it names
    await people.follow(bob, await ensure_actor(ana.uri))
    create = InboxRelay.forward(one)
    await post(local, peer, ana, create)
    assert (await settled_all())[-1].state == "handled"
    published = await Post.objects.aget(uri=one["id"])
    assert published.state == "new"
    async with async_atomic():
        await fan_out([published])
    assert ("bob", one["id"]) in await homes()
    assert await Notification.objects.filter(identity=bob, kind="mention").acount() == 1


async def test_a_relay_that_accepted_since_this_process_read_the_relays(
    local: httpx.AsyncClient,
    actor_relay: ActorRelay,
    peer: MastodonPeer,
    ana: Actor,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another process may handle its Accept: the first post is not skipped."""
    relay = await subscribe(local, actor_relay)
    await Relay.objects.filter(pk=relay.pk).aupdate(status="waiting")
    monkeypatch.setattr(queries, "_KEPT_S", 60.0)
    assert await queries.accepted_relays() == []
    await Relay.objects.filter(pk=relay.pk).aupdate(status="accepted")
    note = tagged(peer, ana, "cats")
    await say(local, actor_relay, actor_relay.announce(note["id"]))
    assert await federated(local) == [note["id"]]


async def test_only_these_hashtags(
    alice: Identity,
    local: httpx.AsyncClient,
    inbox_relay: InboxRelay,
    peer: MastodonPeer,
    ana: Actor,
    worker: Worker,
) -> None:
    relay = await subscribe(local, inbox_relay, hashtags=["#Cats", "boats"])
    assert relay.hashtags == ["cats", "boats"]
    cats, dogs, boats = tagged(peer, ana, "CATS"), tagged(peer, ana, "dogs"), tagged(peer, ana, "boats")
    await say(local, inbox_relay, *(inbox_relay.announce(one["id"]) for one in (cats, dogs)))
    asked = len(peer.requests)
    # what the relay shows has no such hashtag, so nobody is asked
    await say(local, inbox_relay, inbox_relay.forward(dogs))
    assert len(peer.requests) == asked
    # a relay that adds one is not believed
    lie = dogs | {"tag": cats["tag"]}
    await say(local, inbox_relay, inbox_relay.forward(lie), inbox_relay.forward(boats))
    assert set(await federated(local)) == {cats["id"], boats["id"]}
    await subscribing.change_relay(relay_id=relay.pk, most_per_minute=50, hashtags=[])
    again = tagged(peer, ana, "dogs")
    await say(local, inbox_relay, inbox_relay.forward(again))
    assert again["id"] in await federated(local)


async def test_a_relay_that_floods(
    alice: Identity,
    local: httpx.AsyncClient,
    inbox_relay: InboxRelay,
    peer: MastodonPeer,
    ana: Actor,
    worker: Worker,
) -> None:
    relay = await subscribe(local, inbox_relay, most_per_minute=3)
    notes = [peer.note(ana) for _ in range(8)]
    before = await InboxMessage.objects.acount()
    await Relay.objects.filter(pk=relay.pk).aupdate(
        minute=dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    )  # as in a minute before
    await say(local, inbox_relay, *(inbox_relay.forward(note) for note in notes))
    found = await Relay.objects.aget(pk=relay.pk)
    assert found.received + found.dropped == 8
    # the minute may have turned once meanwhile
    assert 3 <= found.received <= 6
    assert found.posts == found.received == await Post.objects.acount()
    assert await InboxMessage.objects.acount() == before + found.received, "what is dropped leaves no row"


async def test_private_forged_and_useless_posts(
    alice: Identity,
    local: httpx.AsyncClient,
    inbox_relay: InboxRelay,
    actor_relay: ActorRelay,
    peer: MastodonPeer,
    ana: Actor,
    worker: Worker,
) -> None:
    await subscribe(local, inbox_relay)
    await subscribe(local, actor_relay)
    followers = f"{ana.uri}/followers"
    private = peer.note(ana, to=[followers], cc=[])
    unlisted = peer.note(ana, to=[followers], cc=[PUBLIC])
    gone = {**peer.note(ana), "id": f"{peer.base_url}/notes/gone"}
    boost = peer.add_document(
        {"id": f"{peer.base_url}/boosts/1", "type": "Announce", "actor": ana.uri, "object": gone["id"]}
    )
    vote = peer.note(ana, content="", name="yes", inReplyTo="https://far.test/poll")
    honest = peer.note(ana)
    refused_host = "https://near.test/notes/1"
    await set_policy(host="near.test", policy=Policy.blocked)
    async with Liar("evil.test") as evil:
        eve = evil.add_actor("eve")
        stolen = evil.note(eve, attributedTo=ana.uri)  # in Ana's name, on Eve's server
        elsewhere = evil.add_document({**evil.note(eve), "id": f"{evil.base_url}/notes/x"})
        evil.replies["/notes/x"] = Reply(200, json.dumps(honest | {"content": "lie"}).encode())
        internal = "http://169.254.169.254/latest/meta-data"
        forged = honest | {"content": "<p>forged</p>"}
        documents = [
            inbox_relay.forward(private | {"to": [PUBLIC]}),
            inbox_relay.forward(gone),
            inbox_relay.forward(forged),
            *(
                inbox_relay.announce(uri)
                for uri in (
                    unlisted["id"],
                    boost["id"],
                    vote["id"],
                    stolen["id"],
                    elsewhere["id"],
                    internal,
                    refused_host,
                    inbox_relay.actor.uri,
                )
            ),
            *(inbox_relay.announce(useless) for useless in (None, "", "urn:x", {"type": "Note"}, [1, 2])),
        ]
        messages = await say(local, inbox_relay, *documents)
    assert await federated(local) == [honest["id"]]
    assert [one.content async for one in Post.objects.all()] == ["<p>hello</p>"]
    assert not [
        message.reason
        for message in messages
        if message.activity_type == "takahe:Relayed" and message.state == "failed"
    ]


async def test_posts_of_unsubscribed_relays(
    alice: Identity,
    local: httpx.AsyncClient,
    inbox_relay: InboxRelay,
    actor_relay: ActorRelay,
    peer: MastodonPeer,
    ana: Actor,
    worker: Worker,
) -> None:
    """One never asked, one that has not accepted, one that was removed, and another actor on the host of a relay."""
    note = peer.note(ana)
    await subscribing.add_relay(address=f"{actor_relay.base_url}/actor")  # and it says nothing
    async with InboxRelay("tags.test") as unasked:
        await say(local, unasked, unasked.announce(note["id"]), unasked.forward(note))
    await say(local, actor_relay, actor_relay.announce(note["id"]))
    relay = await subscribe(local, inbox_relay)
    neighbour = inbox_relay.add_actor("neighbour")
    await post(local, inbox_relay, neighbour, inbox_relay.activity(neighbour, "Announce", note["id"]))
    await subscribing.remove_relay(relay_id=relay.pk)
    await say(local, inbox_relay, inbox_relay.announce(note["id"]), inbox_relay.forward(note))
    own_kind = {
        "id": f"{inbox_relay.actor.uri}#relayed/1",
        "type": "takahe:Relayed",
        "actor": inbox_relay.actor.uri,
        "object": note["id"],
        "relay": 1,
    }
    assert (await post(local, inbox_relay, inbox_relay.actor, own_kind)).status_code == 400
    await settled_all()
    assert await Post.objects.acount() == 0


async def test_our_own_posts_go_to_relays_and_come_back_without_effect(
    alice: Identity,
    local: httpx.AsyncClient,
    inbox_relay: InboxRelay,
    actor_relay: ActorRelay,
    start_worker: Any,
) -> None:
    async with start_worker():
        await subscribe(local, inbox_relay)
        await subscribe(local, actor_relay)
    await OutgoingActivity.objects.all().adelete()
    public = await write_post(author=alice, text="hello")
    others = [
        await write_post(author=alice, text="quiet", visibility=visibility)
        for visibility in (Visibility.unlisted, Visibility.followers, Visibility.local_only)
    ]
    async with async_atomic():
        await fan_out([public, *others])
    to_inbox, to_actor = f"{inbox_relay.base_url}/inbox", f"{actor_relay.base_url}/inbox"
    create, announce = await sent()
    assert (create[:2], create[2]["object"]["id"]) == (("Create", [to_inbox]), public.uri)
    assert announce[:2] == ("Announce", [to_actor])
    assert (announce[2]["actor"], announce[2]["object"]) == ("https://testserver/actor", public.uri)
    async with start_worker():
        await say(
            local, inbox_relay, inbox_relay.forward(create[2]["object"]), inbox_relay.announce(public.uri)
        )
        await say(local, actor_relay, actor_relay.announce(public.uri), actor_relay.announce(others[1].uri))
    assert await Post.objects.acount() == 4, "no boost by a relay"
    assert await Notification.objects.acount() == 0
    await OutgoingActivity.objects.all().adelete()
    async with async_atomic():
        await publish_edit([public])
    await Post.objects.filter(pk=public.pk).aupdate(deleted_at=dt.datetime.now(dt.UTC), state="deleted")
    async with async_atomic():
        await publish_deletion([await Post.objects.aget(pk=public.pk)])
    assert [(kind, sorted(inboxes)) for kind, inboxes, _ in await sent()] == [
        ("Update", sorted([to_inbox, to_actor])),
        ("Delete", sorted([to_inbox, to_actor])),
    ]


async def test_hashtag_actors_can_be_followed(
    alice: Identity, local: httpx.AsyncClient, peer: MastodonPeer, ana: Actor, worker: Worker
) -> None:
    """tags.pub and relay.fedi.buzz: what they announce comes to their followers as their boost."""
    for kind in ("Service", "Group", "Application"):
        async with HashtagPeer("tags.test") as tags:
            tags.actor.extra["type"] = kind
            note = tagged(peer, ana, "cats")
            await say(local, tags, tags.announce(note["id"]))
            assert not await Post.objects.filter(uri=note["id"]).aexists(), "nobody follows it yet"
            await people.follow(alice, await ensure_actor(tags.actor.uri))
            announce = tags.announce(note["id"])
            await say(local, tags, announce)
            boost = await Post.objects.aget(uri=announce["id"])
            async with async_atomic():
                await fan_out([boost])
            assert ("alice", boost.uri) in await homes()
