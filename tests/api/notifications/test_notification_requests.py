"""The policy for notifications, and what it makes wait."""

import pytest

from activities.notifications.models import Notification
from activities.posts.models import Visibility
from activities.publishing.handlers.fan_out import fan_out
from activities.publishing.services.interactions import like
from tests.activities import people as rows
from tests.api.support.world import Speaker, World

pytestmark = pytest.mark.anyio

POLICY = "/api/v2/notifications/policy"
REQUESTS = "/api/v1/notifications/requests"


async def whisper(world: World, to: str = "@ada") -> None:
    await fan_out([await world.post(world.bea, f"psst {to}", visibility=Visibility.mentioned)])


async def types(who: Speaker) -> list[str]:
    return [one["type"] for one in await who.get("/api/v1/notifications", "[Notification]")]


async def test_the_policy_in_both_versions(world: World) -> None:
    before = await world.ada.get(POLICY, "NotificationPolicy")
    assert (before["for_private_mentions"], before["for_not_following"]) == ("filter", "accept")
    after = await world.ada.patch(POLICY, "NotificationPolicy", json={"for_not_following": "drop"})
    assert (after["for_not_following"], after["for_private_mentions"]) == ("drop", "filter")
    path = "/api/v1/notifications/policy"
    old = await world.ada.get(path, "V1::NotificationPolicy")
    assert old["filter_not_following"] is True
    old = await world.ada.put(path, "V1::NotificationPolicy", data={"filter_not_following": "false"})
    assert (old["filter_not_following"], old["filter_private_mentions"]) == (False, True)
    assert (await world.ada.get(POLICY))["for_not_following"] == "accept"
    await world.ada.refused("PATCH", POLICY, 422, data={"for_new_accounts": "maybe"})
    assert (await world.bea.get(POLICY))["for_not_following"] == "accept"


@pytest.mark.slow
async def test_a_direct_mention_by_an_unknown_account_is_filtered_until_accepted(world: World) -> None:
    await whisper(world)
    assert await types(world.ada) == []
    assert (await world.ada.get("/api/v1/notifications/unread_count"))["count"] == 0
    request = (await world.ada.get(REQUESTS, "[NotificationRequest]"))[0]
    assert request["account"]["id"] == world.bea.id
    assert "last_status" in request
    assert (await world.ada.get(POLICY))["summary"] == {
        "pending_requests_count": 1,
        "pending_notifications_count": 1,
    }
    asked = await world.ada.get(f"/api/v1/notifications?account_id={world.bea.id}", "[Notification]")
    assert len(asked) == 1
    assert len(await world.ada.get("/api/v1/notifications?include_filtered=true")) == 1
    await whisper(world)
    path = f"{REQUESTS}/{request['id']}"
    assert (await world.ada.get(path, "NotificationRequest"))["notifications_count"] == "2"
    for method, where in (("GET", path), ("POST", f"{path}/accept"), ("POST", f"{path}/dismiss")):
        await world.bea.refused(method, where, 404, "Record not found")
    await world.ada.post(f"{path}/accept", "{}")
    assert await types(world.ada) == ["mention", "mention"]
    assert await world.ada.get(REQUESTS) == []
    assert await world.ada.get(f"{REQUESTS}/merged") == {"merged": True}
    await whisper(world)
    assert len(await types(world.ada)) == 3


async def test_a_dismissed_request_is_gone_and_may_come_again(world: World) -> None:
    await whisper(world)
    request = (await world.ada.get(REQUESTS))[0]
    await world.ada.post(f"{REQUESTS}/{request['id']}/dismiss", "{}")
    assert await Notification.objects.acount() == 0
    await whisper(world)
    assert len(await world.ada.get(REQUESTS)) == 1


async def test_several_requests_at_once(world: World) -> None:
    for name in ("one", "two"):
        actor = await rows.make_remote(name)
        await Notification.objects.acreate(
            identity=world.ada.me, kind="follow", actor=actor, is_filtered=True
        )
    newest, oldest = [one["id"] for one in await world.ada.get(REQUESTS)]
    await world.ada.post(f"{REQUESTS}/accept", "{}", data={"id[]": [newest, "12345"]})
    await world.ada.post(f"{REQUESTS}/dismiss", "{}", json={"id": [oldest]})
    assert await world.ada.get(REQUESTS) == []
    assert await types(world.ada) == ["follow"]


@pytest.mark.slow
async def test_followed_and_answered_accounts_are_not_filtered(world: World) -> None:
    mine = await world.post(world.ada, "hello @bea", visibility=Visibility.mentioned)
    answer = await world.post(world.bea, "@ada hi", visibility=Visibility.mentioned, in_reply_to_id=mine.pk)
    await fan_out([answer])
    assert await types(world.ada) == ["mention"]
    await world.ada.post(f"/api/v1/accounts/{world.bea.id}/follow")
    await whisper(world)
    assert await types(world.ada) == ["mention", "mention"]


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("for_not_following", False),
        ("for_not_followers", False),
        ("for_new_accounts", False),
        ("for_limited_accounts", True),
        ("for_private_mentions", True),
        ("for_bots", True),
    ],
)
async def test_dropped_notifications_leave_no_trace(world: World, name: str, heard: bool) -> None:
    """A like of somebody new, unknown, and human."""
    await world.ada.patch(POLICY, json={name: "drop"})
    post = await world.post(world.ada)
    await like(identity=world.bea.me, post_id=post.pk)
    assert await Notification.objects.aexists() is heard
