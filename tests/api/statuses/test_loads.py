"""Actions on a post load it once, for the response, and never only to learn its id."""

import pytest

from tests.activities import people as rows
from tests.api.support.world import World
from tests.support.queries import counted

pytestmark = pytest.mark.anyio

# a page of posts as somebody sees them (posts/queries/posts.py), and a whole row
_VIEW, _ROW = "WITH page AS MATERIALIZED", '"activities_post"."content"'


@pytest.mark.parametrize(
    ("action", "loaded"),
    [
        ("favourite", True),
        ("unfavourite", True),
        ("reblog", True),
        ("unreblog", True),  # the boost's own row, which ends
        ("bookmark", False),
        ("unbookmark", False),
        ("pin", True),
        ("unpin", True),  # a Remove names its address
        ("mute", False),
        ("unmute", False),
    ],
)
async def test_an_action_loads_its_post_for_the_answer_only(
    world: World, monkeypatch: pytest.MonkeyPatch, action: str, loaded: bool
) -> None:
    """Likes, boosts and pins need the author, visibility or state of what they change; the others only its id."""
    post = await world.post(world.ada)
    undone = action.removeprefix("un")
    if undone != action:
        doing = {"unfavourite": "favourite", "unreblog": "reblog"}.get(action, undone)
        await world.ada.post(f"/api/v1/statuses/{post.pk}/{doing}")
    async with counted(monkeypatch) as seen:
        await world.ada.post(f"/api/v1/statuses/{post.pk}/{action}", "Status")
    assert sum(_VIEW in one for one in seen) == 1, seen
    assert sum(_ROW in one for one in seen) <= loaded, seen


@pytest.mark.parametrize("path", ["favourited_by", "reblogged_by", "quotes", "context"])
async def test_lists_around_a_post_do_not_load_it(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    post = await world.post(world.bea)
    async with counted(monkeypatch) as seen:
        await world.ada.get(f"/api/v1/statuses/{post.pk}/{path}")
    assert not [one for one in seen if _VIEW in one and "= %(id)s" in one], seen


@pytest.mark.parametrize("path", ["favourited_by", "reblogged_by", "quotes", "context"])
async def test_lists_around_a_boost_are_those_of_its_original(world: World, path: str) -> None:
    post = await world.post(world.bea)
    await world.post(world.bea, "an answer", in_reply_to_id=post.pk)
    await world.post(world.bea, "a quote", quoted_id=post.pk)
    await world.bea.post(f"/api/v1/statuses/{post.pk}/favourite")
    boost = await world.ada.post(f"/api/v1/statuses/{post.pk}/reblog")
    found = await world.ada.get(f"/api/v1/statuses/{post.pk}/{path}")
    assert found
    assert await world.ada.get(f"/api/v1/statuses/{boost['id']}/{path}") == found
    await rows.block(world.bea.me, world.ada.me)
    for id in (str(post.pk), boost["id"]):
        await world.ada.refused("GET", f"/api/v1/statuses/{id}/{path}", 404, "Record not found")
