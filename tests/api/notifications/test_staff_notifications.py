"""Moderators and admins are told of reports and of new people, in the API and by push; nobody else is."""

from typing import Any

import pytest

from activities.notifications.models import Notification
from api.models import PushDelivery, PushSubscription
from core.crypto.keys import new_rsa_pair
from core.db import async_atomic
from tests.api.notifications.push_service import Browser
from tests.api.support.world import Speaker, World
from tests.users import support
from tests.users.inbox.messages import activity, receive
from tests.users.support import give_role
from users.identities.models import Identity
from users.logins.models import SignUp, User
from users.logins.services import admission
from users.relations.services import blocking
from users.roles.models import MODERATOR, OWNER, BuiltIn

pytestmark = pytest.mark.anyio


async def moderator(world: World, name: str = "mod", role: BuiltIn | None = MODERATOR) -> Speaker:
    speaker = await world.speaker(name)
    await give_role(await User.objects.aget(email=f"{name}@example.org"), role)
    return speaker


async def reported(world: World, comment: str = "Rude") -> Any:
    return await world.ada.post(
        "/api/v1/reports", "Report", data={"account_id": world.bea.id, "comment": comment}
    )


async def told(who: Speaker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await who.get("/api/v1/notifications", "[Notification]")
    return found


async def test_staff_are_notified_of_reports(world: World) -> None:
    mod, admin = await moderator(world), await moderator(world, "boss", OWNER)
    made = await reported(world)
    for who in (mod, admin):
        (one,) = await told(who)
        assert (one["type"], one["account"]["id"]) == ("admin.report", world.ada.id)
        assert (one["report"]["id"], one["report"]["target_account"]["id"]) == (made["id"], world.bea.id)
        assert await who.get(f"/api/v1/notifications/{one['id']}", "Notification") == one
        found = await who.get("/api/v2/notifications", "GroupedNotificationsResults")
        (group,) = found["notification_groups"]
        assert (group["type"], group["report"]["comment"]) == ("admin.report", "Rude")
        assert (await who.get("/api/v1/notifications?exclude_types[]=admin.report")) == []
    for who in (world.ada, world.bea):
        assert await told(who) == []
    again = await reported(world, "Again")
    assert [one["report"]["id"] for one in await told(mod)] == [again["id"]], "the newest of one reporter"


async def test_no_block_hides_a_report_and_the_role_is_needed(world: World) -> None:
    mod = await moderator(world)
    await blocking.block(source=world.ada.me, target_id=mod.me.pk)
    await reported(world)
    assert [one["type"] for one in await told(mod)] == ["admin.report"]
    await give_role(await User.objects.aget(email="mod@example.org"), None)
    assert await told(mod) == []


async def test_a_remote_report_notifies_as_the_reported_account(world: World) -> None:
    mod = await moderator(world)
    await receive(activity(world.remote, "Flag", [world.bea.me.uri], content="Rude"))
    (one,) = await told(mod)
    assert (one["account"]["id"], one["report"]["comment"]) == (world.bea.id, "Rude")


async def test_each_member_of_staff_is_notified_of_a_sign_up_once(world: World) -> None:
    mod = await moderator(world)
    login = await User.objects.aget(email="mod@example.org")
    other = await support.make_domain("other.example")
    there = await support.make_person(other, "modthere", login)
    user = await support.make_user("new@example.org")
    await SignUp.objects.acreate(user=user, domain=world.domain, username="newbie")
    await let_in(user)
    (one,) = await told(mod)
    assert (one["type"], one["account"]["acct"]) == ("admin.sign_up", "newbie")
    assert not await Notification.objects.filter(identity=there).aexists()
    user = await support.make_user("second@example.org")
    await SignUp.objects.acreate(user=user, domain=other, username="second")
    await let_in(user)
    assert await Notification.objects.filter(identity=there, kind="admin.sign_up").acount() == 1
    assert len(await told(mod)) == 1


async def let_in(user: User) -> None:
    pair = await new_rsa_pair()
    async with async_atomic():
        await admission.admit(user_id=user.pk, pair=pair)


async def test_a_report_is_pushed_to_subscribed_staff(world: World) -> None:
    mod = await moderator(world)
    keys = Browser().keys
    await mod.post(
        "/api/v1/push/subscription",
        "WebPushSubscription",
        json={
            "subscription": {"endpoint": "https://push.example/x", "keys": keys},
            "data": {"alerts": {"admin.report": True}},
        },
    )
    await reported(world)
    subscription = await PushSubscription.objects.aget(identity=mod.me.pk)
    notification = await Notification.objects.aget(identity=mod.me.pk)
    waiting = await PushDelivery.objects.aget(subscription_id=subscription.pk)
    assert (waiting.notification_id, notification.kind) == (notification.pk, "admin.report")


async def test_a_deleted_person_takes_them_along(world: World) -> None:
    mod = await moderator(world)
    await reported(world)
    await Identity.objects.filter(pk=world.bea.me.pk).adelete()
    assert await told(mod) == []
