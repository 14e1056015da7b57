"""Posts that others pin: those that are not here are fetched, a few of each author's and from their own host only."""

import datetime as dt
import itertools
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from activities.posts.models import Pin, Post
from activities.publishing.inbox import pins as inbox
from activities.publishing.services.pins import MAX_PINS
from activities.tags.models import FeaturedTag
from activities.timelines.models import HomeEntry
from core import clock
from core.db import async_atomic
from core.ids import new_id
from federation.handlers.inbox import fetch_needed_documents, handle_messages
from federation.models import InboxMessage, SystemKey
from tests.activities.people import follow, make_domain, make_local, make_post
from tests.support.peers import MastodonPeer, outbound
from tests.users.support import key_pair
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor
from users.relations.models import Follow

pytestmark = pytest.mark.anyio
_numbers = itertools.count(1)


@pytest.fixture
async def alice(db: None) -> Identity:
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    return await make_local("alice", await make_domain())


@pytest.fixture
async def peers(alice: Identity) -> AsyncIterator[list[MastodonPeer]]:
    hosts = ["far.test", "other.test"]
    async with (
        outbound(resolve=dict.fromkeys(hosts, "127.0.0.1")),
        MastodonPeer("far.test") as far,
        MastodonPeer("other.test") as other,
    ):
        far.add_actor("ana")
        other.add_actor("oz")
        yield [far, other]


@pytest.fixture
async def ana(peers: list[MastodonPeer], alice: Identity) -> Identity:
    known = await ensure_actor(peers[0].actors["ana"].uri)
    known.featured_url = f"{known.uri}/featured"
    await known.asave(update_fields=["featured_url"])
    await follow(alice, known)
    return known


async def pinned(actor: Identity, value: Any, *, kind: str = "Add", target: str = "") -> str:
    """Receive an Add to the actor's pinned posts, fetching as the worker does. What became of it."""
    uri = f"{actor.uri}#adds/{next(_numbers)}"
    body = msgspec.json.encode(
        {
            "id": uri,
            "type": kind,
            "actor": actor.uri,
            "object": value,
            "target": target or actor.featured_url,
        }
    )
    message = await InboxMessage.objects.acreate(
        state="received", activity_id=uri, activity_type=kind, actor=actor.uri, host="far.test", key_id="",
        size=len(body), body=body,
    )  # fmt: skip
    for _ in range(3):
        async with async_atomic():
            outcome = (await handle_messages([message]))[message.pk]
        if outcome.state is None or outcome.state.name != "fetching":
            break
        message = await InboxMessage.objects.aget(pk=message.pk)
        outcome = await fetch_needed_documents(message)
        if outcome.effect:
            await outcome.effect()
        if outcome.state is None or outcome.state.name != "received":
            break
        message = await InboxMessage.objects.aget(pk=message.pk)
    await message.adelete()  # a later one of this actor would wait for it: no worker moves it on
    return outcome.state.name if outcome.state else outcome.kind.value


async def pins() -> set[str]:
    return {pin.post.uri async for pin in Pin.objects.select_related("post")}


@pytest.mark.slow
async def test_a_pinned_post_that_is_not_here_is_fetched(
    peers: list[MastodonPeer], ana: Identity, alice: Identity
) -> None:
    note = peers[0].note(peers[0].actors["ana"])
    assert await pinned(ana, note["id"]) == "handled"
    assert await pins() == {note["id"]}
    assert not await HomeEntry.objects.filter(identity=alice).aexists()  # it is not new
    embedded = peers[0].note(peers[0].actors["ana"])
    assert await pinned(ana, {**embedded, "content": "<p>forged</p>"}) == "handled"
    assert not await Post.objects.filter(content__contains="forged").aexists()
    assert len(await pins()) == 2


@pytest.mark.slow
async def test_only_a_few_are_fetched(
    peers: list[MastodonPeer], ana: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more waits a little, because the Remove that was sent before it may come after it."""
    for _ in range(MAX_PINS - 1):
        post = await make_post(ana)
        await Pin.objects.acreate(id=new_id(), identity=ana, post=post, created_at=clock.now())
    last, over = (peers[0].note(peers[0].actors["ana"])["id"] for _ in range(2))
    assert await pinned(ana, last) == "handled"
    asked = len(peers[0].requests)
    assert await pinned(ana, over) == "later"
    assert len(peers[0].requests) == asked
    assert await Pin.objects.acount() == MAX_PINS
    known = await make_post(ana)
    assert await pinned(ana, known.uri) == "later"
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_REMOVE_MAY_COME_FOR", dt.timedelta())
        for uri in (over, known.uri):
            assert await pinned(ana, uri) == "skipped"  # costs nothing, but nor is it pinned
    assert len(peers[0].requests) == asked
    assert await pinned(ana, last) == "handled"  # is pinned already
    assert await pinned(ana, last, kind="Remove") == "handled"
    assert await pinned(ana, known.uri) == "handled"
    assert await Pin.objects.acount() == MAX_PINS


@pytest.mark.slow
@pytest.mark.slow
async def test_pins_by_other_authors_are_not_fetched(peers: list[MastodonPeer], ana: Identity) -> None:
    asked = [len(peer.requests) for peer in peers]
    theirs = peers[1].note(peers[1].actors["oz"])["id"]
    for value in (theirs, "https://testserver/@alice/1", "", "urn:x"):
        assert await pinned(ana, value) in {"skipped", "failed"}, value
    assert [len(peer.requests) for peer in peers] == asked
    peers[0].add_actor("eve")
    of_eve = peers[0].note(peers[0].actors["eve"])["id"]  # on the same host, by somebody else
    assert await pinned(ana, of_eve) == "skipped"
    assert await pinned(ana, "https://far.test/notes/none") == "skipped"
    assert not await pins()


async def test_featured_hashtags_come_and_go(
    peers: list[MastodonPeer], ana: Identity, alice: Identity
) -> None:
    await Identity.objects.filter(pk=ana.pk).aupdate(featured_tags_url=f"{ana.uri}/tags")

    def tag(name: Any) -> dict[str, Any]:
        return {"type": "Hashtag", "href": f"{ana.uri}/tagged/x", "name": name}

    async def featured() -> set[str]:
        return {row.hashtag.name async for row in FeaturedTag.objects.select_related("hashtag")}

    asked = len(peers[0].requests)
    assert await pinned(ana, tag("#Birds")) == "handled"
    assert await pinned(ana, tag("trees"), target=f"{ana.uri}/tags") == "handled"
    assert await featured() == {"birds", "trees"}
    for name in ("", "#", 7, None, "#12"):
        assert await pinned(ana, tag(name)) == "skipped", name
    for target in (
        f"{ana.uri}/other",
        alice.featured_url or "https://home.test/featured",
        "https://other.test/tags",
    ):
        assert await pinned(ana, tag("#no"), target=target) == "skipped"
    for number in range(12):
        assert await pinned(ana, tag(f"#t{number}")) == "handled"
    assert len(await featured()) == 10
    assert await pinned(ana, tag("#birds"), kind="Remove") == "handled"
    assert await pinned(ana, tag("#none"), kind="Remove") == "handled"
    assert "birds" not in await featured()
    assert len(peers[0].requests) == asked
    await Follow.objects.all().adelete()
    assert await pinned(ana, tag("#later")) == "skipped"
