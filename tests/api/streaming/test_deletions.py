"""Deletions of posts for a few: their readers hear of them, and other followers do not learn that there was one."""

import pytest

from activities.lists import services as lists
from tests.activities import people as rows
from tests.api.streaming.live import event_stream
from tests.api.support.world import World
from tests.api.timelines.test_circles import make_circle
from tests.support.posts import delete_post

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.mark.parametrize("kind", ["circle", "direct"])
async def test_the_deletion_of_a_post_for_a_few_is_sent_to_them_only(
    world: World, port: int, kind: str
) -> None:
    cleo = await world.speaker("cleo")
    asked = {"status": "for few", "circle_id": await make_circle(world.ada, world.bea.me)}
    if kind == "direct":
        asked = {"status": "@bea for few", "visibility": "direct"}
    await rows.follow(cleo.me, world.ada.me)
    listed: dict[str, str] = {}
    for one in (world.bea, cleo):
        mine = await lists.create_list(identity=one.me, title="Ada")
        await lists.add_to_list(identity=one.me, list_id=mine.pk, member_ids=[world.ada.me.pk])
        listed[one.id] = str(mine.pk)
    async with (
        event_stream(port, "user", world.ada.token) as own,
        event_stream(port, "user", world.bea.token) as home,
        event_stream(port, "list", world.bea.token, list=listed[world.bea.id]) as on_list,
        event_stream(port, "user", cleo.token) as outside,
        event_stream(port, "list", cleo.token, list=listed[cleo.id]) as outside_list,
    ):
        secret = (await world.ada.post("/api/v1/statuses", "Status", json=asked))["id"]
        await own.wait("update", "for few")
        await world.ada.delete(f"/api/v1/statuses/{secret}")
        for stream in (own, home, on_list):
            await stream.wait("delete", secret)
        last = await world.post(world.ada, "for all")
        await delete_post(author=world.ada.me, post_id=last.pk)
        for stream in (outside, outside_list):
            await stream.wait("delete", str(last.pk))
            assert not stream.has(secret)
