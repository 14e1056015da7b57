"""Ancestors of a remote reply: fetched by the worker after the reply, as far up as its server shows them."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from activities.posts.models import Post, PostGraph, Visibility
from activities.publishing.activitypub import parse_post
from activities.publishing.handlers.ancestors import complete_thread, fetch_ancestors
from activities.publishing.handlers.fan_out import fan_out
from activities.publishing.services.fetching import ensure_post
from activities.publishing.services.receiving import receive_post
from activities.timelines.models import HomeEntry
from federation.models import SystemKey
from stator import Outcome
from tests.activities.people import ago, follow, make_domain, make_local
from tests.support.memory import forget_everything
from tests.support.peers import MastodonPeer, Reply, outbound
from tests.users.support import key_pair
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alice(db: None) -> Identity:
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)
    return await make_local("alice", await make_domain())


@pytest.fixture
async def peer(alice: Identity) -> AsyncIterator[MastodonPeer]:
    async with outbound(resolve={"far.test": "127.0.0.1"}), MastodonPeer("far.test") as server:
        server.add_actor("ana")
        yield server


def thread(peer: MastodonPeer, length: int) -> list[str]:
    """Posts of ana's that answer each other, the first at the top; their ids."""
    found: list[str] = []
    for _ in range(length):
        more = {"inReplyTo": found[-1]} if found else {}
        found.append(peer.note(peer.actors["ana"], **more)["id"])
    return found


async def received(peer: MastodonPeer, uri: str) -> Post:
    author = await ensure_actor(peer.actors["ana"].uri)
    document = next(one for one in peer.documents.values() if one["id"] == uri)
    post = await receive_post(
        author=author, document=parse_post(document, author_followers_url=author.followers_url)
    )
    assert post is not None
    return post


async def handled(post: Post) -> Outcome:
    outcomes = await fan_out([post])
    assert outcomes[post.pk].state is PostGraph.orphaned
    outcome = await fetch_ancestors(await Post.objects.aget(pk=post.pk))
    if outcome.effect:
        await outcome.effect()
    return outcome


async def test_the_whole_thread_is_here_afterwards(peer: MastodonPeer, alice: Identity) -> None:
    uris = thread(peer, 5)
    post = await received(peer, uris[-1])
    await follow(alice, await Identity.objects.aget(pk=post.author_id))
    assert (await handled(post)).state is PostGraph.fanned_out
    parents = {row.uri: row.in_reply_to_id async for row in Post.objects.all()}
    assert set(parents) == set(uris)
    assert sum(1 for parent in parents.values() if parent is None) == 1
    conversations = {row.conversation_id async for row in Post.objects.all()}
    assert len(conversations) == 1
    # a follower sees the answer, and is not told of what was fetched for it
    assert [row.post_id async for row in HomeEntry.objects.filter(identity=alice)] == [post.pk]


async def test_the_thread_of_a_fetched_post_is_here_too(peer: MastodonPeer, alice: Identity) -> None:
    uris = thread(peer, 4)
    author = await ensure_actor(peer.actors["ana"].uri)
    await follow(alice, author)
    post = await ensure_post(uris[-1])
    assert (post.state, post.in_reply_to_uri) == (PostGraph.fetched.name, uris[-2])
    assert post.state_due_at is not None
    assert (await complete_thread(post)).state is PostGraph.fanned_out
    rows = {row.uri: row async for row in Post.objects.all()}
    for above, below in pairwise(uris):
        assert rows[below].in_reply_to_id == rows[above].pk
    assert {row.state for row in rows.values()} == {PostGraph.fetched.name, PostGraph.fanned_out.name}
    assert [uri for uri, row in rows.items() if row.state == PostGraph.fetched.name] == [post.uri]
    assert not await HomeEntry.objects.aexists()


async def test_ancestors_of_a_stored_post_are_fetched_when_it_is_requested(peer: MastodonPeer) -> None:
    uris = thread(peer, 3)
    peer.replies[f"/{uris[0].split('/', 3)[3]}"] = Reply(404)
    assert (await complete_thread(await ensure_post(uris[2]))).state is PostGraph.fanned_out
    await Post.objects.all().aupdate(state=PostGraph.fanned_out.name, state_due_at=None)
    assert (await ensure_post(uris[1])).state == PostGraph.fanned_out.name  # not again on the same day
    await Post.objects.all().aupdate(state_changed_at=ago(days=2))
    peer.replies.clear()
    forget_everything()
    middle = await ensure_post(uris[1])
    assert middle.state == PostGraph.fetched.name
    await complete_thread(middle)
    rows = {row.uri: row async for row in Post.objects.all()}
    assert rows[uris[1]].in_reply_to_id == rows[uris[0]].pk


async def test_a_parent_that_is_known_by_another_address_is_found(peer: MastodonPeer) -> None:
    """Friendica and others name what they answer by its page."""
    top = thread(peer, 1)[0]
    page = f"{peer.base_url}/display/1"
    peer.documents["/display/1"] = peer.documents[f"/{top.split('/', 3)[3]}"]
    answer = peer.note(peer.actors["ana"], inReplyTo=page)["id"]
    parent = await ensure_post(top)
    await complete_thread(await ensure_post(answer))
    found = await Post.objects.aget(uri=answer)
    assert (found.in_reply_to_id, found.conversation_id) == (parent.pk, parent.conversation_id)


@pytest.mark.slow
async def test_a_long_thread_is_cut(peer: MastodonPeer) -> None:
    post = await received(peer, thread(peer, 30)[-1])
    assert (await handled(post)).state is PostGraph.fanned_out
    assert await Post.objects.acount() == 21


@pytest.mark.slow
async def test_unreachable_ancestors_are_left_alone(peer: MastodonPeer) -> None:
    for status, tries_again in ((404, False), (410, False), (403, False), (503, True)):
        uris = thread(peer, 2)
        peer.replies[f"/{uris[0].split('/', 3)[3]}"] = Reply(status)
        outcome = await handled(await received(peer, uris[1]))
        assert (outcome.state is None) == tries_again, status
    assert await Post.objects.filter(visibility=Visibility.public).acount() == 4


async def test_ancestors_are_given_up_after_a_few_tries(peer: MastodonPeer) -> None:
    uris = thread(peer, 2)
    peer.replies[f"/{uris[0].split('/', 3)[3]}"] = Reply(503)
    post = await received(peer, uris[1])
    await fan_out([post])
    await Post.objects.filter(pk=post.pk).aupdate(state_attempts=3)
    assert (await fetch_ancestors(await Post.objects.aget(pk=post.pk))).state is PostGraph.fanned_out
