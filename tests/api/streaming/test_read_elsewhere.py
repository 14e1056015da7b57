"""Open pages hear how many notifications are unread, when they were read in an app or on another page."""

import pytest

from activities.notifications.services.notify import mark_seen
from api.streaming.hub import hub
from tests.api.streaming.live import event_stream, web_socket
from tests.api.support.world import World
from tests.support.waiting import wait_until
from tests.users.support import sign_in
from users.logins.cookies import cookie_name
from users.logins.models import User

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_open_pages_hear_how_much_is_unread(world: World, port: int) -> None:
    """Apps know no such event, and others hear nothing."""
    user = await User.objects.aget(identityaccess__identity=world.ada.me)
    _, cookie = await sign_in(user, world.domain)
    headers = {"Cookie": f"{cookie_name(world.domain)}={cookie}", "Origin": world.domain.base_url}
    for text in ("One", "Two"):
        post = await world.post(world.ada, text)
        await world.bea.post(f"/api/v1/statuses/{post.pk}/favourite")
    newest, first = [int(one["id"]) for one in await world.ada.get("/api/v1/notifications")]
    async with (
        web_socket(port, "?stream=user", additional_headers=headers) as page,
        event_stream(port, "user", world.ada.token) as app,
        event_stream(port, "user", world.bea.token) as other,
    ):
        await wait_until(lambda: len(hub().clients) == 3)
        await world.ada.post("/api/v1/markers", json={"home": {"last_read_id": "1"}})
        await world.ada.post("/api/v1/markers", json={"notifications": {"last_read_id": str(first)}})
        assert await page.wait("read") == 1
        await mark_seen(identity=world.ada.me, notification_id=newest)
        assert await page.wait("read", "0") == 0
        await mark_seen(identity=world.ada.me, notification_id=first)  # which was read before
        post = await world.post(world.bea, "The end")
        await world.bea.post(f"/api/v1/statuses/{post.pk}/favourite")
        await other.wait("update", "The end")
        assert [event for event, _ in page.events].count("read") == 2
        assert "read" not in {event for event, _ in [*app.events, *other.events]}
