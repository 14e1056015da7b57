"""Taking back what one did with a post: also after it has become invisible, and a boost by deleting it."""

import datetime as dt
from typing import Any

import pytest

from activities.posts.models import Bookmark, Like, Post, Visibility
from activities.publishing.services.posting import delete_post
from activities.scheduled_posts.models import ScheduledPost
from core import clock
from tests.activities import people as rows
from tests.api.support.world import World

pytestmark = pytest.mark.anyio

ACTIONS = (("favourite", "unfavourite"), ("reblog", "unreblog"), ("bookmark", "unbookmark"))


async def _traces(world: World) -> int:
    return (
        await Like.objects.filter(identity=world.ada.me).acount()
        + await Bookmark.objects.filter(identity=world.ada.me).acount()
        + await Post.objects.filter(author=world.ada.me, deleted_at=None).acount()
    )


@pytest.mark.parametrize("how", ["blocked", "narrowed"])
async def test_acts_on_invisible_posts_are_undone_without_showing_them(world: World, how: str) -> None:
    post = await world.post(world.bea, "secret words #tag", content_warning="psst")
    for do, _ in ACTIONS:
        await world.ada.post(f"/api/v1/statuses/{post.pk}/{do}")
    assert await _traces(world) == 3
    if how == "blocked":
        await rows.block(world.bea.me, world.ada.me)
    else:
        await Post.objects.filter(pk=post.pk).aupdate(visibility=Visibility.mentioned)
    await world.ada.refused("GET", f"/api/v1/statuses/{post.pk}", 404)
    for _, undo in ACTIONS:
        shown = await world.ada.post(f"/api/v1/statuses/{post.pk}/{undo}", "Status")
        assert (shown["id"], shown["content"], shown["spoiler_text"], shown["tags"]) == (
            str(post.pk),
            "",
            "",
            [],
        )
        assert not (shown["favourited"] and undo == "unfavourite")
    assert await _traces(world) == 0
    for _, undo in ACTIONS:  # whoever has nothing to take back learns nothing
        await world.ada.refused("POST", f"/api/v1/statuses/{post.pk}/{undo}", 404, "Record not found")


async def test_deleting_ones_own_boost_takes_it_back(world: World) -> None:
    post = await world.post(world.bea)
    boost = await world.ada.post(f"/api/v1/statuses/{post.pk}/reblog", "Status")
    await world.bea.refused("DELETE", f"/api/v1/statuses/{boost['id']}", 404, "Record not found")
    gone = await world.ada.delete(f"/api/v1/statuses/{boost['id']}", "Status")
    assert (gone["id"], gone["reblog"]["id"]) == (boost["id"], str(post.pk))
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}"))["reblogged"] is False
    assert await Post.objects.filter(deleted_at=None).acount() == 1
    await world.ada.refused("DELETE", f"/api/v1/statuses/{boost['id']}", 404)
    again = await world.ada.post(f"/api/v1/statuses/{post.pk}/reblog", "Status")
    await rows.block(world.bea.me, world.ada.me)
    gone = await world.ada.delete(f"/api/v1/statuses/{again['id']}", "Status")
    assert gone["reblog"]["content"] == ""
    assert await _traces(world) == 0


async def test_a_deleted_post_in_a_thread_leaves_the_rest_whole(world: World) -> None:
    """Seen from above and from below the thread has the same posts."""
    root = await world.post(world.ada, "root")
    middle = await world.post(world.bea, "middle", in_reply_to_id=root.pk)
    leaf = await world.post(world.ada, "leaf", in_reply_to_id=middle.pk)
    await delete_post(author=world.bea.me, post_id=middle.pk)
    for speaker in (world.nobody, world.ada):
        above = await speaker.get(f"/api/v1/statuses/{leaf.pk}/context", "Context")
        below = await speaker.get(f"/api/v1/statuses/{root.pk}/context", "Context")
        assert [one["id"] for one in above["ancestors"]] == [str(root.pk)]
        assert [one["id"] for one in below["descendants"]] == [str(leaf.pk)]
        await speaker.refused("GET", f"/api/v1/statuses/{middle.pk}/context", 404)


async def test_only_allowed_people_are_named(world: World) -> None:
    eve = await world.speaker("eve")

    def draft(**more: Any) -> dict[str, Any]:
        return {"status": "hello @bea and @eve and @ada", **more}

    path = "/api/v1/statuses"
    for allowed, unexpected in (([world.bea.id], [eve.id]), ([], [world.bea.id, eve.id])):
        for extra in ({}, {"scheduled_at": (clock.now() + dt.timedelta(hours=1)).isoformat()}):
            answer = await world.ada.refused(
                "POST",
                path,
                422,
                "Post would be sent to unexpected accounts",
                json=draft(allowed_mentions=allowed, **extra),
            )
            assert [one["id"] for one in answer.json()["unexpected_accounts"]] == unexpected
    assert await Post.objects.acount() == await ScheduledPost.objects.acount() == 0
    await world.ada.post(path, "Status", json=draft(allowed_mentions=[world.bea.id, eve.id]))
    await world.ada.post(path, "Status", json=draft())
    await world.ada.post(path, "Status", data={"status": "@bea", "allowed_mentions[]": [world.bea.id]})
