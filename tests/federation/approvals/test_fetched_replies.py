"""Replies that we fetch, whose parent on a third server is not known: each way to them waits for what they answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from activities.posts.models import Post
from activities.posts.queries.visibility import may_see
from activities.publishing.inbox.posts import resolve_post
from activities.publishing.services import fetching
from activities.publishing.services.resolving import resolve_uri
from activities.remote_profiles.services.items import Fetches, store_item
from activities.timelines.models import HomeEntry
from core.db import own_connection, sql
from federation.fetching import fetch_document
from stator.workers.worker import Worker
from tests.activities.people import follow
from tests.federation.approvals.asking import PUBLIC, ended, known
from tests.federation.approvals.test_early_replies import path_of, policy_of
from tests.federation.conftest import running
from tests.support.peers import FedifyPeer
from tests.support.waiting import wait_until
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

_SETTLED = "SELECT count(*) = 0 FROM activities_post WHERE state NOT IN ('fanned_out', 'held')"


async def _linked(uri: str) -> None:
    await fetching.ensure_post(uri, with_ancestors=False)


async def _from_outbox(uri: str) -> None:
    document = await fetch_document(uri)
    owner = await Identity.objects.aget(uri=document["attributedTo"])
    await store_item(owner, document, Fetches(before=0, most=9, in_a_turn=9))


async def _relayed(uri: str) -> None:
    await fetching.store_fetched(await fetch_document(uri), may_be_private=False, for_hashtags=True)


_WAYS: dict[str, Callable[[str], Awaitable[Any]]] = {
    "pasted address": resolve_uri,
    "boosted, liked or quoted": resolve_post,
    "link in a post": _linked,
    "outbox": _from_outbox,
    "relay": _relayed,
}


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("asks", [False, True])
async def test_each_way_to_a_reply_waits_for_its_parent(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any, way: str, asks: bool
) -> None:
    """Nobody sees the reply before its parent was asked for, nor afterwards without the approval that the parent's author wants."""
    ana, _ = await known(peer, "ana")
    theirs = peer.note(ana, interactionPolicy=policy_of(ana, asks=asks))
    async with FedifyPeer("near.test") as third:
        bob, _ = await known(third, "bob")
        uri = third.note(bob, inReplyTo=theirs["id"])["id"]
        gate = peer.gates[path_of(theirs["id"])] = asyncio.Event()
        async with running(Worker([Post], with_jobs=False, poll_s=0.5, drain_s=1)):
            looking = asyncio.ensure_future(_come(way, uri))
            await wait_until(lambda: _is_asked(peer, theirs["id"]))
            reply = await Post.objects.aget(uri=uri)
            assert not await may_see(None, reply.pk)
            gate.set()
            await looking
            await wait_until(lambda: sql.value(_SETTLED))
    assert await may_see(None, reply.pk) is not asks
    parent = await Post.objects.aget(uri=theirs["id"])
    assert (await Post.objects.aget(pk=reply.pk)).in_reply_to_id == parent.pk
    assert parent.replies_count == (not asks)


async def _come(way: str, uri: str) -> None:
    async with own_connection():
        await _WAYS[way](uri)


def _is_asked(peer: FedifyPeer, uri: str) -> bool:
    return path_of(uri) in [request.path for request in peer.requests]


@pytest.mark.parametrize("asks", [False, True])
async def test_a_boost_of_a_reply_is_seen_with_it(
    local: httpx.AsyncClient, peer: FedifyPeer, ada: Identity, worker: Any, asks: bool
) -> None:
    """The followers of who boosts a reply get it at once when its parent allows it, and never see one that waits."""
    ana, _ = await known(peer, "ana")
    theirs = peer.note(ana, interactionPolicy=policy_of(ana, asks=asks))
    async with FedifyPeer("near.test") as third:
        bob, _ = await known(third, "bob")
        cem, booster = await known(third, "cem")
        await follow(ada, booster)
        uri = third.note(bob, inReplyTo=theirs["id"])["id"]
        announce = third.activity(cem, "Announce", uri, to=[PUBLIC])
        assert (await ended(local, third, cem, announce, 1)).state == "handled"
    boost = await Post.objects.aget(uri=announce["id"])
    assert await may_see(ada, boost.pk) is not asks
    assert (await Post.objects.aget(uri=uri)).state == ("held" if asks else "fanned_out")
    assert await HomeEntry.objects.filter(identity=ada, post_id=boost.pk).acount() <= 1
