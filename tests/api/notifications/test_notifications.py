"""Notifications and markers."""

import pytest

from activities.notifications.models import Notification
from activities.posts.models import Post
from tests.activities import people as rows
from tests.api.support.world import Speaker, World

pytestmark = pytest.mark.anyio


async def tell(whom: Speaker, kind: str, by: Speaker, post: Post | None = None) -> str:
    """As the worker or a service would; the id."""
    row = await Notification.objects.acreate(identity=whom.me, kind=kind, actor=by.me, post=post)
    return str(row.pk)


async def test_the_list_and_its_filters(world: World) -> None:
    post = await rows.make_post(world.ada.me)
    liked = await tell(world.ada, "favourite", world.bea, post)
    asked = await tell(world.ada, "follow_request", world.bea)
    found = await world.ada.get("/api/v1/notifications", "[Notification]")
    assert [one["id"] for one in found] == [asked, liked]
    assert found[1]["status"]["id"] == str(post.pk)
    assert "status" not in found[0]
    for parameters, expected in (
        ({"types[]": ["favourite"]}, [liked]),
        ({"exclude_types[]": ["favourite", "poll"]}, [asked]),
        ({"account_id": world.remote.pk}, []),
        ({"limit": 1}, [asked]),
        ({"max_id": asked}, [liked]),
    ):
        found = await world.ada.get("/api/v1/notifications", "[Notification]", params=parameters)
        assert [one["id"] for one in found] == expected, parameters
    assert await world.bea.get("/api/v1/notifications") == []


async def test_one_dismissed_and_all_cleared(world: World) -> None:
    first, second = (
        await tell(world.ada, "follow", world.bea),
        await tell(world.ada, "follow_request", world.bea),
    )
    assert (await world.ada.get(f"/api/v1/notifications/{first}", "Notification"))["type"] == "follow"
    await world.bea.refused("GET", f"/api/v1/notifications/{first}", 404, "Record not found")
    await world.bea.refused("POST", f"/api/v1/notifications/{first}/dismiss", 404, "Record not found")
    await world.ada.post(f"/api/v1/notifications/{first}/dismiss", "{}")
    await world.ada.refused("GET", f"/api/v1/notifications/{first}", 404)
    await world.bea.post("/api/v1/notifications/clear", "{}")
    assert [n["id"] for n in await world.ada.get("/api/v1/notifications")] == [second]
    await world.ada.post("/api/v1/notifications/clear", "{}")
    assert await world.ada.get("/api/v1/notifications") == []


async def test_unread_means_after_the_marker(world: World) -> None:
    """The original Takahē answered 500."""
    first, _ = await tell(world.ada, "follow", world.bea), await tell(world.ada, "follow_request", world.bea)
    path = "/api/v1/notifications/unread_count"
    assert await world.ada.get(path, "UnreadNotificationsCount") == {"count": 2}
    saved = await world.ada.post("/api/v1/markers", json={"notifications": {"last_read_id": first}})
    assert saved["notifications"]["version"] == 1
    assert await world.ada.get(path) == {"count": 1}


async def test_markers_count_their_versions(world: World) -> None:
    assert await world.ada.get("/api/v1/markers", params={"timeline[]": ["home"]}) == {}
    for version in (1, 2):
        saved = await world.ada.post("/api/v1/markers", data={"home[last_read_id]": "12345"})
        assert saved["home"]["last_read_id"] == "12345"
        assert saved["home"]["version"] == version
    both = await world.ada.get("/api/v1/markers", params={"timeline[]": ["home", "notifications"]})
    assert list(both) == ["home"]
    assert await world.bea.get("/api/v1/markers", params={"timeline[]": ["home"]}) == {}
    await world.ada.refused("POST", "/api/v1/markers", 422, data={"home[last_read_id]": "soon"})


async def test_notifications_need_a_person_and_the_scope(world: World) -> None:
    await world.nobody.refused("GET", "/api/v1/notifications", 401)
    await world.app.refused("GET", "/api/v1/notifications", 422)
    world.ada.token = await world.token(world.ada.me, "read:statuses")
    await world.ada.refused(
        "GET", "/api/v1/notifications", 403, "This action is outside the authorized scopes"
    )
