"""Notifications that are pushed to a browser with our pages, to a push service that really decrypts."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest

from activities.notifications.models import Notification, NotificationKind
from activities.notifications.services import notify as notifications
from api.models import PushDelivery, PushSubscription
from tests.activities import people as rows
from tests.api.notifications.push_service import Browser, PushService, reachable_push_service, worker_of
from tests.pages.conftest import Site, Visitor
from tests.support.waiting import wait_until
from tests.users.support import make_person
from users.domains import options
from users.domains.models import Level
from users.logins.models import IdentityAccess, Session, User

pytestmark = pytest.mark.anyio

PATH = "/settings/notifications"


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    async with reachable_push_service(monkeypatch) as service:
        yield service


def working() -> AbstractAsyncContextManager[None]:
    return worker_of(PushDelivery)


async def turn_on(visitor: Visitor, origin: str, keys: dict[str, str], **more: Any) -> int:
    form = {"kinds": ["mentions", "likes"], "policy": "all", "endpoint": f"{origin}/to/me", **keys, **more}
    return (await visitor.post(PATH, form)).status_code


async def like(site: Site) -> Notification:
    """Ann likes a post of Mia's."""
    post = await rows.make_post(site.member.me, content="<p>a post of <b>Mia</b></p>")
    kind = NotificationKind.favourite
    assert await notifications.notify(
        kind=kind, identity_id=site.member.me.pk, actor_id=site.admin.me.pk, post_id=post.pk
    )
    return await Notification.objects.alatest("pk")


async def states() -> list[str]:
    return [one.state async for one in PushDelivery.objects.order_by("id")]


async def ended(count: int) -> None:
    async def are_all() -> bool:
        known = await states()
        return len(known) == count and "waiting" not in known

    await wait_until(are_all)


@pytest.mark.slow
async def test_a_browser_is_told_in_the_language_of_its_reader(site: Site, service: PushService) -> None:
    browser = Browser()
    await User.objects.filter(pk=site.member.user.pk).aupdate(language="de")
    page = (await site.member.get(PATH)).text
    assert "Einschalten" in page
    assert len(re.search(r'data-push-key="([\w-]+)"', page)[1]) == 87  # type: ignore[index]
    assert await turn_on(site.member, service.origin, browser.keys) == 303
    made = await like(site)
    assert (await site.member.post(f"{PATH}/trial")).status_code == 303
    async with working():
        await ended(2)
    assert len(service.received) == 2
    told, trial = sorted(
        (msgspec.json.decode(browser.open(headers, body)) for _path, headers, body in service.received),
        key=lambda message: message["tag"],
    )
    assert (told["title"], told["body"], told["lang"]) == (
        "Ann hat deinen Beitrag gelikt",
        "a post of Mia",
        "de",
    )
    assert (told["unread"], told["tag"]) == (1, f"notification-{made.pk}")
    assert trial["body"] == "Mitteilungen für @mia@testserver kommen hier an."
    assert b"access_token" not in browser.open(*service.received[0][1:])
    opened = await site.member.get(told["url"])
    assert opened.headers["location"] == f"/@mia/{made.post_id}"
    assert (await site.nobody.get(told["badge"])).status_code == 200
    assert service.received[0][1]["content-encoding"] == "aes128gcm"


@pytest.mark.slow
async def test_unselected_kinds_are_not_pushed(site: Site, service: PushService) -> None:
    await turn_on(site.member, service.origin, Browser().keys)
    assert (await site.member.post(PATH, {"kinds": ["polls"], "policy": "all"})).status_code == 303
    stored = await PushSubscription.objects.aget()
    assert (stored.alerts, stored.endpoint) == ({"poll": True}, f"{service.origin}/to/me")
    await like(site)
    assert await states() == []
    assert (await site.member.post(PATH, {"kinds": ["likes"], "policy": "followed"})).status_code == 303
    await like(site)
    async with working():
        await ended(1)
    assert (await states(), service.received) == (["dropped"], [])
    assert (await site.moderator.post(PATH, {"kinds": ["likes"], "policy": "all"})).status_code == 422


async def test_a_push_subscription_ends_with_its_session(site: Site) -> None:
    keys = Browser().keys
    for visitor in (site.member, site.moderator):
        assert await turn_on(visitor, "https://push.example", keys) == 303
    session = await Session.objects.aget(user=site.member.user.pk)
    assert (await site.member.post("/sign-out")).status_code == 303
    assert not await Session.objects.filter(pk=session.pk).aexists()
    left = await PushSubscription.objects.aget()
    assert left.identity_id == site.moderator.me.pk


@pytest.mark.slow
async def test_pushes_end_with_access_to_the_identity(site: Site, service: PushService) -> None:
    await turn_on(site.member, service.origin, Browser().keys)
    await like(site)
    await IdentityAccess.objects.filter(identity=site.member.me.pk).adelete()
    async with working():
        await ended(1)
    assert (await states(), service.received) == (["dropped"], [])


async def test_browsers_are_listed_and_removed(site: Site) -> None:
    """A browser of another login looks like none."""
    assert await turn_on(site.member, "https://push.example", Browser().keys) == 303
    other = await make_person(site.domain, "work", site.member.user)
    stored = await PushSubscription.objects.aget()
    await site.member.post(f"/settings/identities/{other.pk}/speak")
    page = (await site.member.get(PATH)).text
    assert f"{PATH}/{stored.pk}/remove" in page
    assert (await site.moderator.post(f"{PATH}/{stored.pk}/remove")).status_code == 404
    assert (await site.member.post(f"{PATH}/{stored.pk}/remove")).status_code == 303
    assert not await PushSubscription.objects.aexists()
    assert await turn_on(site.moderator, "https://push.example", Browser().keys) == 303
    assert (await site.moderator.post(f"{PATH}/off")).status_code == 303
    assert not await PushSubscription.objects.aexists()


async def test_a_notification_for_another_identity_asks_first(site: Site) -> None:
    made = await like(site)
    path = f"/notifications/{made.pk}/open"
    other = await make_person(site.domain, "work", site.member.user)
    assert (await site.moderator.get(path)).headers["location"] == "/notifications"
    await site.member.get("/more")
    await site.member.post(f"/settings/identities/{other.pk}/speak")
    page = await site.member.get(path)
    assert "Switch to" in page.text
    switched = await site.member.post(f"/settings/identities/{site.member.me.pk}/speak", {"next": path})
    assert switched.headers["location"] == path
    assert (await site.member.get(path)).headers["location"] == f"/@mia/{made.post_id}"


@pytest.mark.slow
async def test_nothing_is_pushed_where_the_operator_turned_it_off(site: Site, service: PushService) -> None:
    await turn_on(site.member, service.origin, Browser().keys)
    await options.set_value(options.PUSHES, False, level=Level.system, owner=0)
    await like(site)
    async with working():
        await ended(1)
    assert (await states(), service.received) == (["dropped"], [])
    page = (await site.member.get(PATH)).text
    assert "This server sends no push notifications." in page
    assert "data-push-key" not in page
    assert await turn_on(site.member, service.origin, Browser().keys) == 422


async def test_wrong_addresses_are_refused(site: Site) -> None:
    keys = Browser().keys
    for wrong in (
        {"endpoint": "https://127.0.0.1/"},
        {"endpoint": "ftp://push.example/"},
        {"p256dh": "x"},
        {"policy": "x"},
        {"kinds": ["x"]},
    ):
        assert await turn_on(site.member, "https://push.example", keys, **wrong) == 422, wrong
    refused = await site.member.http.post(PATH, data={"kinds": "likes"})
    assert refused.status_code == 403, "no token"


async def test_the_worker_of_browsers_is_at_the_root(site: Site) -> None:
    answer = await site.nobody.http.get("/worker.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await site.nobody.http.get("/worker.js", headers=known)).status_code == 304


async def test_a_browser_with_another_address_goes_on(site: Site) -> None:
    """For each identity that it hears of; other browsers keep theirs."""
    keys, fresh = Browser().keys, Browser().keys
    path = f"{PATH}/renew"
    form = {"endpoint": "https://other.example/of-now", **fresh}
    assert (await site.member.post(path, form)).status_code == 404, "nothing was on"
    for visitor in (site.member, site.moderator):
        assert await turn_on(visitor, "https://push.example", keys) == 303
    other = await make_person(site.domain, "work", site.member.user)
    await site.member.post(f"/settings/identities/{other.pk}/speak")
    await site.member.get(PATH)
    assert await turn_on(site.member, "https://push.example", keys) == 303
    for wrong in ({**form, "endpoint": "https://127.0.0.1/"}, {**form, "p256dh": "x"}, {}):
        assert (await site.member.post(path, wrong)).status_code == 422
    assert (await site.member.http.post(path, data=form)).status_code == 403, "no token"
    assert (await site.nobody.post(path, form)).status_code == 303
    assert (await site.member.post(path, form)).status_code == 204
    found = {one.identity_id: one async for one in PushSubscription.objects.all()}
    for mine in (site.member.me.pk, other.pk):
        assert (found[mine].endpoint, found[mine].host) == (form["endpoint"], "other.example")
        assert found[mine].p256dh == fresh["p256dh"]
        assert found[mine].alerts["mention"]
    assert found[site.moderator.me.pk].endpoint == "https://push.example/to/me"
