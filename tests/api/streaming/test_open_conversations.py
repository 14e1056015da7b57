"""The stream of a conversation, to which pages that show it subscribe: each listener hears what that page would show them."""

from contextlib import AsyncExitStack

import pytest

from activities.posts.models import Visibility
from activities.streaming.services import publish_joined_conversations
from api.streaming.hub import hub
from core.db import async_atomic
from tests.activities import people as rows
from tests.api.streaming.live import web_socket
from tests.api.support.world import World
from tests.support.posts import delete_post, edit_post
from tests.support.waiting import wait_until
from users.relations.services import blocking

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_replies_reach_those_who_may_see_them(world: World, port: int) -> None:
    cara, dan = [await world.speaker(name) for name in ("cara", "dan")]
    await blocking.block(source=world.bea.me, target_id=dan.me.pk)
    await rows.follow(cara.me, world.bea.me)
    root = await world.post(world.ada, "the root")
    answer = await world.post(world.ada, "an answer", in_reply_to_id=root.pk)
    async with AsyncExitStack() as stack:
        watching, following, blocked = [
            await stack.enter_async_context(web_socket(port, f"?access_token={one.token}"))
            for one in (world.ada, cara, dan)
        ]
        for socket, shown in ((watching, root), (following, answer), (blocked, root)):
            await socket.say(type="subscribe", stream="conversation", post=str(shown.pk))
        await wait_until(lambda: len(list(hub().listening("conversation", root.pk))) == 3)
        await world.post(world.bea, "of bea", in_reply_to_id=answer.pk)
        hers = await world.post(
            world.bea, "for followers", in_reply_to_id=root.pk, visibility=Visibility.followers
        )
        await world.post(world.bea, "elsewhere")
        last = await world.post(cara, "the last", in_reply_to_id=root.pk)
        for socket in (watching, following, blocked):
            assert (await socket.wait("update", "the last"))["in_reply_to_id"] == str(root.pk)
        assert following.has("for followers")
        assert following.has("of bea")
        assert watching.has("of bea")
        assert not watching.has("for followers")
        assert not blocked.has("of bea")
        assert not any(one.has("elsewhere") for one in (watching, following, blocked))
        (frame,) = [one for one in watching.frames if "of bea" in str(one)]
        assert frame["stream"] == ["conversation", str(root.pk)]
        await edit_post(author=cara.me, post_id=last.pk, text="the very last")
        await watching.wait("status.update", "the very last")
        await delete_post(author=world.bea.me, post_id=hers.pk)
        await delete_post(author=cara.me, post_id=last.pk)
        await watching.wait("delete", str(last.pk))
        assert not watching.has(str(hers.pk))


async def test_a_hidden_conversation_is_refused_as_one_that_is_not_there(world: World, port: int) -> None:
    secret = await world.post(world.bea, "whispered", visibility=Visibility.followers)
    async with web_socket(port, f"?access_token={world.ada.token}") as ada:
        for wanted in (str(secret.pk), "1", "x", "", "9" * 30):
            await ada.say(type="subscribe", stream="conversation", post=wanted)
        await wait_until(lambda: len(ada.frames) == 5)
        assert ada.frames == [{"error": "Not authorized to stream this conversation", "status": 404}] * 5
        assert not hub().anchors("conversation")


async def test_listeners_stay_with_a_conversation_that_is_joined(world: World, port: int) -> None:
    late = await rows.make_post(world.remote)
    root = await world.post(world.ada, "the root")
    async with web_socket(port, f"?access_token={world.ada.token}") as ada:
        await ada.say(type="subscribe", stream="conversation", post=str(late.pk))
        await wait_until(lambda: hub().anchors("conversation"))
        async with async_atomic():
            await publish_joined_conversations(root.pk, [late.pk, root.pk])
        await wait_until(lambda: list(hub().anchors("conversation")) == [root.pk])
        await world.post(world.bea, "of bea", in_reply_to_id=root.pk)
        await ada.wait("update", "of bea")
