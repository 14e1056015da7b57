"""Direct conversations as each of their people has them, and muted threads."""

import pytest

from activities.conversations.models import Conversation
from activities.notifications.models import Notification
from activities.posts.models import Post, Visibility
from activities.publishing.handlers.fan_out import fan_out, publish_deletion
from activities.publishing.services.interactions import like
from activities.publishing.services.posting import delete_post
from tests.api.support.world import Speaker, World

pytestmark = pytest.mark.anyio

DIRECT = Visibility.mentioned


async def say(world: World, who: Speaker, text: str, **more: object) -> Post:
    post = await world.post(who, text, **{"visibility": DIRECT, **more})
    await fan_out([post])
    return post


async def test_each_has_the_conversation_with_its_newest_post(world: World) -> None:
    first = await say(world, world.ada, "hello @bea")
    mine = (await world.ada.get("/api/v1/conversations", "[Conversation]"))[0]
    theirs = (await world.bea.get("/api/v1/conversations", "[Conversation]"))[0]
    assert (mine["unread"], theirs["unread"]) == (False, True)
    assert [a["id"] for a in mine["accounts"]] == [world.bea.id]
    assert [a["id"] for a in theirs["accounts"]] == [world.ada.id]
    assert theirs["last_status"]["id"] == str(first.pk)
    answer = await say(world, world.bea, "hello @ada", in_reply_to_id=first.pk)
    found = await world.ada.get("/api/v1/conversations", "[Conversation]")
    assert [(one["id"], one["unread"]) for one in found] == [(mine["id"], True)]
    assert found[0]["last_status"]["id"] == str(answer.pk)
    assert await (await world.speaker("cleo")).get("/api/v1/conversations") == []


async def test_read_unread_and_removed(world: World) -> None:
    post = await say(world, world.ada, "hello @bea")
    found = await world.bea.get("/api/v1/conversations")
    path = f"/api/v1/conversations/{found[0]['id']}"
    assert (await world.bea.post(f"{path}/read", "Conversation"))["unread"] is False
    assert (await world.bea.post(f"{path}/unread", "Conversation"))["unread"] is True
    for method, where in (("POST", f"{path}/read"), ("POST", f"{path}/unread"), ("DELETE", path)):
        await world.ada.refused(method, where, 404, "Record not found")
    await world.bea.delete(path, "{}")
    assert await world.bea.get("/api/v1/conversations") == []
    await world.bea.get(f"/api/v1/statuses/{post.pk}", "Status")  # the post itself stays
    await say(world, world.ada, "again @bea", in_reply_to_id=post.pk)
    assert len(await world.bea.get("/api/v1/conversations")) == 1


async def test_a_deleted_post_leaves_the_one_before_it(world: World) -> None:
    first = await say(world, world.ada, "hello @bea")
    second = await say(world, world.ada, "more @bea", in_reply_to_id=first.pk)
    for post, left in ((second, [str(first.pk)]), (first, [])):
        gone = await delete_post(author=world.ada.me, post_id=post.pk)
        await publish_deletion([gone])
        found = await world.bea.get("/api/v1/conversations", "[Conversation]")
        assert [one["last_status"]["id"] for one in found] == left
    assert await Conversation.objects.acount() == 0


@pytest.mark.slow
async def test_conversations_are_paged_by_their_last_post(world: World) -> None:
    posts = [await say(world, world.ada, f"{number} @bea") for number in range(3)]
    page = await world.bea.ask("GET", "/api/v1/conversations?limit=2")
    assert [one["last_status"]["id"] for one in page.json()] == [str(post.pk) for post in posts[:0:-1]]
    older = await world.bea.ask("GET", page.links["next"]["url"])
    assert [one["last_status"]["id"] for one in older.json()] == [str(posts[0].pk)]


@pytest.mark.slow
async def test_a_muted_thread_is_quiet(world: World) -> None:
    root = await world.post(world.ada, "a thread")
    path = f"/api/v1/statuses/{root.pk}"
    assert (await world.ada.post(f"{path}/mute", "Status"))["muted"] is True
    answer = await say(world, world.bea, "@ada so?", in_reply_to_id=root.pk, visibility=Visibility.public)
    await like(identity=world.bea.me, post_id=root.pk)
    assert await Notification.objects.acount() == 0
    assert (await world.ada.get(f"/api/v1/statuses/{answer.pk}", "Status"))["muted"] is True
    assert (await world.bea.get(path))["muted"] is False
    assert (await world.ada.post(f"{path}/unmute", "Status"))["muted"] is False
    await say(world, world.bea, "@ada well?", in_reply_to_id=root.pk, visibility=Visibility.public)
    assert [n["type"] for n in await world.ada.get("/api/v1/notifications", "[Notification]")] == ["mention"]
    secret = await world.post(world.bea, "secret", visibility=DIRECT)
    for verb in ("mute", "unmute"):
        await world.ada.refused("POST", f"/api/v1/statuses/{secret.pk}/{verb}", 404, "Record not found")
