"""Web push, from the subscription to a push service that really decrypts."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest

from activities.notifications.models import NotificationKind
from activities.notifications.services import notify as notifications
from activities.posts.models import Post, Visibility
from activities.publishing.services import interactions
from api.models import PushDelivery, PushDeliveryGraph, PushSubscription, Token
from api.oauth.tokens import revoke_tokens_of
from api.push import vapid
from core import clock
from core.config import config
from core.http import close_client
from federation.models import Policy
from federation.peers import set_policy
from stator import Backoff
from tests.api.notifications.push_service import (
    Browser,
    PushService,
    decode,
    reachable_push_service,
    worker_of,
)
from tests.api.support.entities import check, entities
from tests.api.support.world import Speaker, World
from tests.support.waiting import wait_until
from users.identities.models import Identity, Restriction
from users.logins.models import User
from users.relations.services import following

pytestmark = pytest.mark.anyio

PATH = "/api/v1/push/subscription"


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    async with reachable_push_service(monkeypatch) as service:
        yield service


def working() -> AbstractAsyncContextManager[None]:
    return worker_of(Post, PushDelivery)


async def subscribe(
    who: Speaker, service: PushService, browser: Browser, *, standard: bool = True, **data: Any
) -> dict[str, Any]:
    alerts = data.pop("alerts", {"mention": True, "favourite": True, "reblog": True, "follow": True})
    return await who.post(
        PATH,
        "WebPushSubscription",
        json={
            "subscription": {
                "endpoint": f"{service.origin}/to/{who.me.username}",
                "keys": browser.keys,
                "standard": standard,
            },
            "data": {"alerts": alerts, **data},
        },
    )


async def told(world: World, *, kind: NotificationKind = NotificationKind.favourite) -> int:
    """Bea did something to a post of Ada's; the post's id."""
    post = await world.post(world.ada, "a post <b>of Ada</b>")
    assert await notifications.notify(
        kind=kind, identity_id=world.ada.me.pk, actor_id=world.bea.me.pk, post_id=post.pk
    )
    return int(post.pk)


async def states() -> list[str]:
    return [one.state async for one in PushDelivery.objects.order_by("id")]


@pytest.mark.slow
async def test_a_subscription_of_a_token(world: World) -> None:
    browser, ada = Browser(), world.ada
    await ada.refused("GET", PATH, 404, "Record not found")
    await ada.refused("PUT", PATH, 404, "Record not found")
    form = {
        "subscription[endpoint]": "https://push.example/abc",
        "subscription[keys][p256dh]": browser.keys["p256dh"],
        "subscription[keys][auth]": browser.keys["auth"],
        "data[alerts][mention]": "true",
        "data[alerts][admin.sign_up]": "1",
        "data[policy]": "followed",
    }
    made = await ada.post(PATH, "WebPushSubscription", data=form)
    assert (made["endpoint"], made["standard"], made["policy"]) == (
        "https://push.example/abc",
        False,
        "followed",
    )
    assert {name for name, on in made["alerts"].items() if on} == {"mention", "admin.sign_up"}
    instance = await ada.get("/api/v2/instance")
    assert made["server_key"] == instance["configuration"]["vapid"]["public_key"]
    assert len(decode(made["server_key"].rstrip("="))) == 65
    assert (await ada.get(PATH, "WebPushSubscription")) == made
    changed = await ada.put(
        PATH, "WebPushSubscription", data={"data[alerts][poll]": "true", "policy": "none"}
    )
    assert ({name for name, on in changed["alerts"].items() if on}, changed["policy"]) == ({"poll"}, "none")
    again = await ada.post(PATH, "WebPushSubscription", data=form)
    assert again["id"] != made["id"]
    assert await PushSubscription.objects.acount() == 1
    await world.bea.refused("GET", PATH, 404)
    assert await ada.delete(PATH) == {}
    assert await ada.delete(PATH) == {}
    await ada.refused("GET", PATH, 404, "Record not found")


async def test_of_two_subscriptions_at_once_one_stays(world: World) -> None:
    """A browser's worker and its page ask at the same moment."""
    keys = Browser().keys
    bodies = [{"subscription": {"endpoint": f"https://push.example/{n}", "keys": keys}} for n in range(4)]
    answers = await asyncio.gather(*(world.ada.ask("POST", PATH, json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    stored = await PushSubscription.objects.aget()
    assert stored.endpoint in {answer.json()["endpoint"] for answer in answers}


async def test_invalid_subscriptions_are_refused(world: World) -> None:
    keys = Browser().keys
    good = {"endpoint": "https://push.example/abc", "keys": keys}
    for wrong, status in (
        ({}, 400),
        ({"subscription": {}}, 400),
        ({"subscription": good | {"endpoint": ""}}, 400),
        ({"subscription": good | {"endpoint": "http://push.example/"}}, 422),
        ({"subscription": good | {"endpoint": "javascript:alert(1)"}}, 422),
        ({"subscription": good | {"keys": {"p256dh": keys["p256dh"]}}}, 400),
        ({"subscription": good | {"keys": {"p256dh": "AAAA", "auth": keys["auth"]}}}, 422),
        ({"subscription": good | {"keys": {"p256dh": keys["p256dh"], "auth": "€€€"}}}, 422),
        ({"subscription": good, "data": {"policy": "some"}}, 422),
        ({"subscription": "text"}, 400),
    ):
        answer = await world.ada.ask("POST", PATH, json=wrong)
        assert answer.status_code == status, (wrong, answer.text)
    await world.ada.refused("GET", PATH, 404)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.0.0.8:8443", "192.168.1.1", "169.254.169.254", "[::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "0.0.0.0",
        "localhost", "LOCALHOST", "localhost.", "router", "router.", "nas.local", "db.internal", "x.localhost", "a.x.localhost.",
        "local", "nas.lan", "nas.home.arpa", "box.localdomain", "a.corp", "a.test", "a.onion", "2130706433",
    ],
)  # fmt: skip
async def test_a_private_address_is_no_endpoint(world: World, host: str) -> None:
    """Whoever subscribes must not make this server knock at its neighbours."""
    subscription = {"endpoint": f"https://{host}/push", "keys": Browser().keys}
    await world.ada.refused(
        "POST",
        PATH,
        422,
        "Validation failed: Endpoint is not a valid URL",
        json={"subscription": subscription},
    )
    await world.ada.refused("GET", PATH, 404)


@pytest.mark.parametrize(
    ("allowed", "taken", "refused"),
    [
        ("127.0.0.0/8", "localhost", "nas.local"),
        ("::1/128", "x.localhost", "router"),
        ("192.168.0.0/16", "nas.local", "localhost"),
    ],
)
async def test_names_of_a_network_are_endpoints_where_it_is_allowed(
    world: World, monkeypatch: pytest.MonkeyPatch, allowed: str, taken: str, refused: str
) -> None:
    monkeypatch.setattr(config(), "allowed_networks", (ipaddress.ip_network(allowed),))
    for host, status in ((refused, 422), (taken, 200)):
        subscription = {"endpoint": f"https://{host}/push", "keys": Browser().keys}
        answer = await world.ada.ask("POST", PATH, json={"subscription": subscription})
        assert answer.status_code == status, (host, answer.text)


@pytest.mark.slow
async def test_a_name_that_leads_to_a_private_address_ends_the_subscription(
    world: World, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribe(world.ada, service, Browser())
    monkeypatch.setattr(config(), "allowed_networks", ())
    await close_client()
    async with working():
        await told(world)
        await wait_until(_all("dropped"))
    assert not service.received
    await world.ada.refused("GET", PATH, 404)


@pytest.mark.slow
async def test_pushes_show_no_refused_pictures(world: World, service: PushService) -> None:
    """A worker reads what is refused by itself: no request to it does."""
    browser, post = Browser(), await world.post(world.ada)
    await Identity.objects.filter(pk=world.remote.pk).aupdate(icon_url="https://far.test/icon.png")
    await subscribe(world.ada, service, browser)
    await set_policy(host=world.remote.host, policy=Policy.open, reject_media=True)
    async with working():
        assert await notifications.notify(
            kind=NotificationKind.favourite,
            identity_id=world.ada.me.pk,
            actor_id=world.remote.pk,
            post_id=post.pk,
        )
        await wait_until(lambda: service.received)
    [(_, headers, body)] = service.received
    assert msgspec.json.decode(browser.open(headers, body))["icon"].endswith("/static/api/avatar.png")


async def test_apps_are_told_the_key(world: World) -> None:
    app = await world.nobody.post(
        "/api/v1/apps", data={"client_name": "Push", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    )
    assert app["vapid_key"] == await vapid.push_key()


@pytest.mark.slow
@pytest.mark.parametrize("standard", [True, False], ids=["aes128gcm", "aesgcm"])
async def test_a_notification_is_pushed_so_that_only_the_browser_reads_it(
    world: World, service: PushService, standard: bool
) -> None:
    browser = Browser()
    await following.follow(
        source=world.ada.me, target_id=world.bea.me.pk
    )  # strangers' private mentions are filtered
    await subscribe(world.ada, service, browser, standard=standard)
    async with working():
        post = await world.post(world.ada, "a post <b>of Ada</b>")
        await interactions.like(identity=world.bea.me, post_id=post.pk)
        await world.post(world.bea, "@ada hello", visibility=Visibility.mentioned)
        await wait_until(lambda: len(service.received) == 2)
        await wait_until(_all("sent"))
    messages = {}
    for path, headers, body in service.received:
        assert path == "/to/ada"
        assert b"Ada" not in body
        assert (headers["ttl"], headers["content-type"]) == ("172800", "application/octet-stream")
        claims, point = service.sender_of(headers)
        assert claims["aud"] == service.origin
        assert claims["sub"].startswith(("mailto:", "https://", "http://"))
        assert point == decode((await vapid.push_key()).rstrip("="))
        message = msgspec.json.decode(browser.open(headers, body))
        assert set(message) == {field["name"] for field in entities()["PushNotification"]["fields"]}
        check("PushNotification", message)
        assert message["access_token"] == world.ada.token
        messages[message["notification_type"]] = message
    assert messages["favourite"]["title"] == "Bea likes your post"
    assert messages["favourite"]["body"] == "a post <b>of Ada</b>"
    assert messages["mention"]["title"] == "Bea mentioned you"
    assert "hello" in messages["mention"]["body"]
    shown = await world.ada.get("/api/v1/notifications")
    assert {str(one["notification_id"]) for one in messages.values()} == {one["id"] for one in shown}


def _all(state: str) -> Any:
    async def are() -> bool:
        found = await states()
        return bool(found) and set(found) == {state}

    return are


@pytest.mark.slow
async def test_only_what_was_asked_for_is_pushed(world: World, service: PushService) -> None:
    cara, dan = await world.speaker("cara"), await world.speaker("dan")
    await following.follow(source=world.ada.me, target_id=cara.me.pk)
    await following.follow(source=dan.me, target_id=world.ada.me.pk)
    browser = Browser()
    people = {"all": {"bea", "cara", "dan"}, "followed": {"cara"}, "follower": {"dan"}, "none": set()}
    async with working():
        for policy, expected in people.items():
            service.received.clear()
            await PushDelivery.objects.all().adelete()
            await subscribe(world.ada, service, browser, policy=policy, alerts={"favourite": True})
            post = await world.post(world.ada)
            for who in (world.bea, cara, dan):
                await interactions.like(identity=who.me, post_id=post.pk)
                await interactions.boost(identity=who.me, post_id=post.pk)  # not asked for
            await wait_until(_none_waits)
            titles = [msgspec.json.decode(browser.open(h, b))["title"] for _, h, b in service.received]
            assert {title.split()[0].lower() for title in titles} == expected
            assert all("likes" in title for title in titles)


async def _none_waits() -> bool:
    found = await states()
    return len(found) >= 3 and "waiting" not in found


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 425])
async def test_a_subscription_that_ended_is_removed(world: World, service: PushService, status: int) -> None:
    await subscribe(world.ada, service, Browser())
    service.answers = [(status, "")]
    async with working():
        await told(world)
        await wait_until(_all("dropped"))
    assert await PushSubscription.objects.acount() == 0
    await world.ada.refused("GET", PATH, 404)


@pytest.mark.slow
async def test_a_push_service_that_is_away_is_tried_again(
    world: World, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    monkeypatch.setattr(
        PushDeliveryGraph, "backoff", Backoff(base=timedelta(milliseconds=50), cap=timedelta(seconds=1))
    )
    browser = Browser()
    await subscribe(world.ada, service, browser)
    service.answers = [(500, ""), (408, ""), (429, "Retry-After: 1\r\n"), (201, "")]
    async with working():
        await told(world)
        await wait_until(_all("sent"), 15)
        assert len(service.received) == 4
        service.answers = [(304, "")]
        await told(world)

        async def has_failed() -> bool:
            return "failed" in await states()

        await wait_until(has_failed)
    last = await PushDelivery.objects.order_by("-id").afirst()
    assert last is not None
    assert last.state_error == "the push service answered 304"
    assert await PushSubscription.objects.acount() == 1


@pytest.mark.slow
async def test_an_ended_token_is_pushed_nothing(world: World, service: PushService) -> None:
    await subscribe(world.ada, service, Browser())
    await revoke_tokens_of(user=world.ada_login)
    async with working():
        await told(world)
        await wait_until(_all("dropped"))
    assert not service.received
    assert await PushSubscription.objects.acount() == 0


@pytest.mark.slow
@pytest.mark.parametrize("what", ["expired", "suspended", "disabled", "restricted"])
async def test_suspended_people_get_no_pushes(world: World, service: PushService, what: str) -> None:
    """An expired token ends its subscription; one of somebody who may be let in again waits for that."""
    await subscribe(world.ada, service, Browser())
    await told(world)
    match what:
        case "expired":
            await Token.objects.filter(identity=world.ada.me.pk).aupdate(expires_at=clock.now())
        case "suspended":
            await Identity.objects.filter(pk=world.ada.me.pk).aupdate(restriction=Restriction.suspended)
        case "disabled":
            await User.objects.filter(pk=world.ada_login.pk).aupdate(is_disabled=True)
        case "restricted":
            await User.objects.filter(pk=world.ada_login.pk).aupdate(is_restricted=True)
    async with working():
        await wait_until(_all("dropped"))
    assert not service.received
    assert await PushSubscription.objects.acount() == (0 if what == "expired" else 1)


@pytest.mark.slow
async def test_dismissed_and_hidden_notifications_are_not_pushed(world: World, service: PushService) -> None:
    await subscribe(world.ada, service, Browser())
    await told(world)
    await notifications.dismiss(identity_id=world.ada.me.pk)
    async with working():
        await wait_until(_all("dropped"))
    assert not service.received
