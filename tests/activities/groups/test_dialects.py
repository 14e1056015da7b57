"""Threads of the software that has groups: read from the member's server, at home once, with title, link and replies."""

from typing import Any

import pytest

from activities.posts.models import Post, PostGraph
from activities.posts.queries.groups import is_in_group, is_locked
from activities.posts.queries.posts import get_post
from activities.publishing.handlers.fan_out import fan_out
from core.db import async_atomic
from federation.handlers.inbox import fetch_needed_documents, handle_messages
from federation.models import InboxMessage, SystemKey
from tests.activities.groups.saying import home_of, shown_in_thread
from tests.activities.people import follow
from tests.support.peers import MastodonPeer, outbound
from tests.support.peers.groups import DIALECTS, LINK, TITLE, GroupPeer, LemmyPeer, PieFedPeer
from tests.users.inbox.messages import stored
from tests.users.support import key_pair
from users.identities.models import Identity
from users.identities.services.remote_actors import ensure_actor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def system_key(db: None) -> None:
    pair = key_pair()
    await SystemKey.objects.acreate(public_key=pair.public_pem, private_key=pair.private_pem)


def network() -> Any:
    return outbound(resolve={"grp.test": "127.0.0.1", "else.test": "127.0.0.1"})


async def deliver(activity: dict[str, Any]) -> str:
    """Let the worker do with a verified message all that it does; return how it ended."""
    message = await stored(activity)
    for _ in range(4):
        async with async_atomic():
            outcome = (await handle_messages([message]))[message.pk]
        if outcome.state is None or outcome.state.name != "fetching":
            break
        outcome = await fetch_needed_documents(await InboxMessage.objects.aget(pk=message.pk))
        if outcome.effect is not None:
            await outcome.effect()
        if outcome.state is None or outcome.state.name != "received":
            break
        message = await InboxMessage.objects.aget(pk=message.pk)
    await message.adelete()
    await fan_out([post async for post in Post.objects.filter(state=PostGraph.new.name)])
    await Post.objects.filter(state=PostGraph.new.name).aupdate(state=PostGraph.fanned_out.name)
    return outcome.state.name if outcome.state else outcome.kind.value


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("software", DIALECTS)
async def test_a_thread_comes_home_once_and_its_replies_follow(
    alice: Identity, system_key: None, software: type[GroupPeer]
) -> None:
    async with network(), software("grp.test") as peer, MastodonPeer("else.test") as home:
        cats, mia = peer.add_group(), home.add_actor("mia")
        group = await ensure_actor(cats.uri)
        assert group.actor_type == "Group"
        await follow(alice, group)
        thread = peer.thread(home, mia, cats)
        for activity in peer.pass_on(cats, thread) * 2:
            assert await deliver(activity) == "handled"
        post = await Post.objects.aget(uri=thread["id"])
        boost = await Post.objects.aget(boost_of=post)
        assert (boost.author_id, await home_of(alice)) == (group.pk, [boost.pk])
        assert await is_in_group(post.pk, group.pk)
        assert post.title == (TITLE if peer.has_title else "")
        assert (LINK in post.content) == peer.has_link
        answer = peer.reply(home, mia, cats, thread)
        for activity in peer.pass_on(cats, answer):
            await deliver(activity)
        assert await shown_in_thread(post) == [(await Post.objects.aget(uri=answer["id"])).pk]
        assert await home_of(alice) == [boost.pk]
        like = {"id": f"{home.base_url}/likes/1", "type": "Like", "actor": mia.uri, "object": thread["id"]}
        assert await deliver(peer.activity(cats, "Announce", like)) == "handled"
        assert (await get_post(post.pk, None)).likes_count == 1


async def test_nothing_that_a_group_embeds_is_shown(alice: Identity, system_key: None) -> None:
    """Its own server's copy of a member's post counts, whatever the group says that it is, and whether it exists at all."""
    async with network(), LemmyPeer("grp.test") as peer, MastodonPeer("else.test") as home:
        cats, mia = peer.add_group(), home.add_actor("mia")
        await follow(alice, await ensure_actor(cats.uri))
        thread = peer.thread(home, mia, cats)
        for activity in peer.pass_on(cats, {**thread, "content": "<p>forged</p>", "name": "Forged"}):
            assert await deliver(activity) == "handled"
        post = await Post.objects.aget(uri=thread["id"])
        assert (post.title, "forged" in post.content) == (TITLE, False)
        invented = {**thread, "id": f"{home.base_url}/notes/invented"}
        for activity in peer.pass_on(cats, invented):
            assert await deliver(activity) == "skipped"
        assert await Post.objects.acount() == 2
        # what is on the group's own server is that server's to say, but not in the name of others
        claimed = peer.add_document({**thread, "id": f"{peer.base_url}/notes/claimed"})
        for activity in peer.pass_on(cats, claimed):
            assert await deliver(activity) == "skipped"
        assert await Post.objects.acount() == 2


@pytest.mark.slow
async def test_a_post_says_that_it_is_locked(alice: Identity, system_key: None) -> None:
    """The group's own server may take that back by an edit, another one only lock its own posts."""
    async with network(), PieFedPeer("grp.test") as peer, MastodonPeer("else.test") as home:
        cats = peer.add_group()
        group = await ensure_actor(cats.uri)
        await follow(alice, group)
        for place, author, unlocks in (
            (peer, peer.add_actor("per"), True),
            (home, home.add_actor("mia"), False),
        ):
            thread = place.add_document({**peer.thread(place, author, cats), "commentsEnabled": False})
            create = peer.create(cats, thread)
            assert await deliver(peer.announce(cats, create)) == "handled"
            post = await Post.objects.aget(uri=thread["id"])
            assert await is_locked(post.pk, None)
            thread = place.add_document({**thread, "commentsEnabled": True})
            update = {**create, "id": f"{thread['id']}/update", "type": "Update", "object": thread}
            assert await deliver(peer.announce(cats, update)) == "handled"
            assert await is_locked(post.pk, None) != unlocks
