"""Replies that come before the post of another server that they answer, whose author may want to approve replies."""

import asyncio
from typing import Any

import httpx
import pytest

from activities.approvals.models import Approval, Interaction
from activities.notifications.models import Notification
from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.publishing.handlers import ancestors
from activities.publishing.listeners import hide_denied
from activities.publishing.services import fetching
from activities.timelines.models import HomeEntry
from core.db import sql
from core.errors import Problem
from federation.fetching import slots
from federation.models import InboxMessage
from stator.workers.worker import Worker
from tests.activities.people import follow
from tests.federation.approvals.asking import PUBLIC, ended, known
from tests.federation.conftest import running
from tests.support.peers import Actor, FedifyPeer
from tests.support.waiting import wait_until
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_RESTING = "SELECT count(*) = 0 FROM activities_post WHERE state IN ('early', 'new', 'edited', 'deleted')"


async def published() -> None:
    """Let a worker publish the posts that there are."""
    async with running(Worker([Post], with_jobs=False, poll_s=0.5, drain_s=1)):
        await wait_until(lambda: sql.value(_RESTING))


@pytest.fixture
async def third(local: httpx.AsyncClient, ada: Identity) -> Any:
    """The server of bob, who answers others and is followed by ada."""
    async with FedifyPeer("near.test") as server:
        _, him = await known(server, "bob")
        await follow(ada, him)
        yield server


async def answer(
    local: httpx.AsyncClient, third: FedifyPeer, ada: Identity, answered: str, count: int = 1
) -> Post:
    """Bob answers this and names ada; the reply came by the inbox and nobody may see it yet."""
    bob = third.actors["bob"]
    mention = {"type": "Mention", "href": ada.uri, "name": f"@{ada.username}@{ada.host}"}
    note = third.note(bob, inReplyTo=answered, tag=[mention], cc=[ada.uri])
    create = third.activity(bob, "Create", note, to=[PUBLIC])
    assert (await ended(local, third, bob, create, count)).state == "handled"
    reply = await Post.objects.aget(uri=note["id"])
    assert reply.state == "early"
    assert not await may_see(None, reply.pk)
    assert not await may_see(ada, reply.pk)
    assert not await Notification.objects.aexists()
    return reply


def path_of(uri: str) -> str:
    return f"/{uri.split('/', 3)[3]}"


async def told(ada: Identity, reply: Post) -> tuple[int, int]:
    """How often the reply is in ada's notifications and at her home."""
    notifications = Notification.objects.filter(identity_id=ada.pk, post_id=reply.pk, kind="mention")
    return await notifications.acount(), await HomeEntry.objects.filter(
        identity=ada, post_id=reply.pk
    ).acount()


def policy_of(ana: Actor, *, asks: bool) -> dict[str, Any]:
    names = {"automaticApproval": [ana.uri], "manualApproval": [PUBLIC]}
    return {"canReply": names if asks else {"automaticApproval": [PUBLIC]}}


@pytest.mark.parametrize("asks", [False, True])
async def test_an_early_reply_is_shown_once_its_parent_allows_it(
    local: httpx.AsyncClient, peer: FedifyPeer, third: FedifyPeer, ada: Identity, worker: Any, asks: bool
) -> None:
    """Neither before that is known, nor afterwards without the approval that the parent's author wants."""
    ana, _ = await known(peer, "ana")
    theirs = peer.note(ana, interactionPolicy=policy_of(ana, asks=asks))
    reply = await answer(local, third, ada, theirs["id"])
    await published()
    assert await may_see(ada, reply.pk) is not asks
    assert (await told(ada, reply))[0] == (not asks)
    assert (await Post.objects.aget(uri=theirs["id"])).replies_count == (not asks)
    assert (await Post.objects.aget(pk=reply.pk)).state == ("held" if asks else "fanned_out")
    assert await Approval.objects.filter(uri=reply.uri).acount() == asks


@pytest.mark.parametrize("asks", [False, True])
async def test_a_fetched_parent_that_is_a_reply_itself(
    local: httpx.AsyncClient, peer: FedifyPeer, third: FedifyPeer, ada: Identity, worker: Any, asks: bool
) -> None:
    """Nobody sees it before what it answers is known; the reply that it was fetched for comes all the same."""
    ana, _ = await known(peer, "ana")
    theirs = peer.note(ana, interactionPolicy=policy_of(ana, asks=asks))
    async with FedifyPeer("mid.test") as middle:
        cem, _ = await known(middle, "cem")
        between = middle.note(cem, inReplyTo=theirs["id"])
        reply = await answer(local, third, ada, between["id"])
        gate = peer.gates[path_of(theirs["id"])] = asyncio.Event()
        async with running(Worker([Post], with_jobs=False, poll_s=0.5, drain_s=1)):
            await wait_until(lambda: _is_asked(peer, theirs["id"]))
            parent = await Post.objects.aget(uri=between["id"])
            assert not await may_see(ada, parent.pk)
            gate.set()
            await wait_until(lambda: sql.value(_SETTLED))
        assert await may_see(ada, parent.pk) is not asks
        assert (await Post.objects.aget(uri=theirs["id"])).replies_count == (not asks)
        assert await may_see(ada, reply.pk)
        assert (await told(ada, reply))[0] == 1
        assert not await HomeEntry.objects.filter(post_id=parent.pk).aexists()


_SETTLED = "SELECT count(*) = 0 FROM activities_post WHERE state NOT IN ('fanned_out', 'held')"


def _is_asked(peer: FedifyPeer, uri: str) -> bool:
    return path_of(uri) in [request.path for request in peer.requests]


async def test_early_replies_are_shown_after_their_fetcher_died(
    local: httpx.AsyncClient, peer: FedifyPeer, third: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """And at once when the server of what it answers is gone."""
    bob, _ = await known(third, "bob")
    left = third.note(bob, inReplyTo=f"{peer.base_url}/notes/none")
    post = await fetching.ensure_post(left["id"], with_ancestors=False, unseen=True)
    assert not await may_see(ada, post.pk)
    await Post.objects.filter(pk=post.pk).aupdate(state_due_at=post.created_at)
    async with running(Worker([Post], with_jobs=False, poll_s=0.5, drain_s=1)):
        await wait_until(lambda: sql.value(_SETTLED))
    assert await may_see(ada, post.pk)
    top = third.note(bob, inReplyTo=f"{peer.base_url}/notes/gone")
    with pytest.raises(Problem):
        await fetching.fetch_ancestors_from(top["id"])
    assert await may_see(ada, (await Post.objects.aget(uri=top["id"])).pk)


async def test_its_parent_may_come_by_itself(
    local: httpx.AsyncClient, peer: FedifyPeer, third: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """While the reply waits; it is counted once, when it is shown."""
    ana, _ = await known(peer, "ana")
    theirs = peer.note(ana)
    reply = await answer(local, third, ada, theirs["id"])
    parent = await fetching.ensure_post(theirs["id"])
    assert (await Post.objects.aget(pk=parent.pk)).replies_count == 0
    await published()
    assert (await Post.objects.aget(pk=parent.pk)).replies_count == 1
    assert await may_see(None, reply.pk)
    assert (await told(ada, reply))[0] == 1


async def test_edits_and_deletions_of_what_nobody_sees_yet(
    local: httpx.AsyncClient, peer: FedifyPeer, third: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """The edit is what is shown, and said once; what was deleted is never shown."""
    ana, _ = await known(peer, "ana")
    bob, theirs = third.actors["bob"], peer.note(ana)
    edited = await answer(local, third, ada, theirs["id"])
    deleted = await answer(local, third, ada, theirs["id"], 2)
    note = {
        **third.documents[path_of(edited.uri)],
        "content": "<p>better</p>",
        "updated": "2100-01-01T00:00:00Z",
    }
    await ended(local, third, bob, third.activity(bob, "Update", note, to=[PUBLIC]), 3)
    assert (await Post.objects.aget(pk=edited.pk)).state == "early"
    assert not await Notification.objects.aexists()
    await ended(local, third, bob, third.activity(bob, "Delete", deleted.uri, to=[PUBLIC]), 4)
    await published()
    assert (await Post.objects.aget(pk=edited.pk)).content == "<p>better</p>"
    assert await may_see(ada, edited.pk)
    assert not await may_see(ada, deleted.pk)
    assert (await told(ada, edited))[0] == 1
    assert (await told(ada, deleted)) == (0, 0)
    assert (await Post.objects.aget(uri=theirs["id"])).replies_count == 1


async def test_a_dead_server_hides_no_replies(
    local: httpx.AsyncClient,
    peer: FedifyPeer,
    third: FedifyPeer,
    ada: Identity,
    worker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mention in one arrives, and a flood of them costs the server a few requests, not one each."""
    monkeypatch.setattr(fetching, "_PARENT_S", 2.0)  # enough for a request to leave on a busy machine
    ana, _ = await known(peer, "ana")
    notes = [peer.note(ana) for _ in range(12)]
    for note in notes:
        peer.gates[path_of(note["id"])] = asyncio.Event()
    replies = [await answer(local, third, ada, notes[0]["id"])]
    replies += [await _another(replies[0], note["id"]) for note in notes[1:]]
    before = len(peer.requests)
    await published()
    assert 1 <= len(peer.requests) - before <= slots.MAX_PER_SITE
    assert all([await may_see(ada, reply.pk) for reply in replies])
    assert (await told(ada, replies[0]))[0] == 1


async def test_a_fault_of_ours_hides_no_reply(
    local: httpx.AsyncClient,
    peer: FedifyPeer,
    third: FedifyPeer,
    ada: Identity,
    worker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(uri: str) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(ancestors, "fetch_parent", fail)
    ana, _ = await known(peer, "ana")
    reply = await answer(local, third, ada, peer.note(ana)["id"])
    await published()
    assert await may_see(ada, reply.pk)
    assert (await told(ada, reply))[0] == 1


async def test_uncounted_replies_are_not_subtracted(
    local: httpx.AsyncClient, peer: FedifyPeer, third: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """The author of the parent refuses a reply that nobody sees yet, while another one is shown."""
    ana, _ = await known(peer, "ana")
    theirs = peer.note(ana)
    await answer(local, third, ada, theirs["id"])
    await published()
    parent = await Post.objects.aget(uri=theirs["id"])
    reply = await _another(await Post.objects.aget(in_reply_to=parent), theirs["id"])
    await Post.objects.filter(pk=reply.pk).aupdate(in_reply_to=parent)
    await reply.arefresh_from_db()
    await hide_denied(Approval(kind=Interaction.reply, post=reply, target=parent))
    await published()
    assert (await Post.objects.aget(pk=reply.pk)).state == "held"
    assert (await Post.objects.aget(pk=parent.pk)).replies_count == 1


async def _another(reply: Post, answered: str) -> Post:
    """Store another early reply."""
    return await Post.objects.acreate(
        author_id=reply.author_id,
        uri=f"{reply.uri}/{answered.rpartition('/')[2]}",
        is_local=False,
        visibility=reply.visibility,
        in_reply_to_uri=answered,
        created_at=reply.created_at,
        state="early",
    )


async def test_a_worker_that_is_stopped_meanwhile(
    local: httpx.AsyncClient, peer: FedifyPeer, third: FedifyPeer, ada: Identity, worker: Any
) -> None:
    """Another one goes on, and nobody sees the reply in between."""
    ana, _ = await known(peer, "ana")
    theirs = peer.note(ana, interactionPolicy=policy_of(ana, asks=True))
    path = path_of(theirs["id"])
    peer.gates[path] = asyncio.Event()
    reply = await answer(local, third, ada, theirs["id"])
    async with running(Worker([Post], with_jobs=False, poll_s=0.5, drain_s=0)):
        await wait_until(lambda: path in [request.path for request in peer.requests])
    assert not await may_see(ada, reply.pk)
    peer.gates.pop(path).set()
    await Post.objects.filter(pk=reply.pk).aupdate(state_due_at=reply.created_at)  # its lease has ended
    await published()
    assert (await Post.objects.aget(pk=reply.pk)).state == "held"
    assert await InboxMessage.objects.filter(state="handled").acount() == 1
