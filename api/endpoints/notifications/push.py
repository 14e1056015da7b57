"""Web push subscriptions (docs.joinmastodon.org/methods/push). Messages are sent by api/push/handlers.py."""

import msgspec

from api.entities.web_push_subscription import Alerts, Policy, WebPushSubscription, web_push_subscription
from api.models import PushPolicy, PushSubscription
from api.oauth.bearer import bearer
from api.push import subscriptions, vapid
from api.routing import Call, endpoint
from core.errors import BadInput


class Keys(msgspec.Struct, frozen=True):
    p256dh: str = ""
    auth: str = ""


class Subscription(msgspec.Struct):
    endpoint: str = ""
    keys: Keys = Keys()
    standard: bool = False


class Data(msgspec.Struct, frozen=True):
    alerts: Alerts | None = None
    policy: Policy | None = None


class NewSubscription(msgspec.Struct):
    subscription: Subscription
    data: Data = Data()


class ChangedSubscription(msgspec.Struct):
    data: Data = Data()
    policy: Policy | None = None


class Ended(msgspec.Struct):
    """The empty response `{}`."""


def _stored(alerts: Alerts | None) -> dict[str, bool] | None:
    return None if alerts is None else {k: v for k, v in msgspec.to_builtins(alerts).items() if v}


async def _shown(stored: PushSubscription) -> WebPushSubscription:
    return web_push_subscription(stored, await vapid.push_key())


@endpoint("POST", "/api/v1/push/subscription", scope="push", auth="user")
async def subscribe(call: Call, asked: NewSubscription) -> WebPushSubscription:
    """Subscribe this token to push notifications, replacing its earlier subscription."""
    assert call.caller is not None
    wanted = asked.subscription
    for name, given in (
        ("subscription[endpoint]", wanted.endpoint),
        ("subscription[keys][p256dh]", wanted.keys.p256dh),
        ("subscription[keys][auth]", wanted.keys.auth),
    ):
        if not given:
            raise BadInput(code="parameter_missing", status=400, name=name)
    stored = await subscriptions.subscribe(
        caller=call.caller,
        token_text=bearer(call.request),
        endpoint=wanted.endpoint,
        p256dh=wanted.keys.p256dh,
        auth=wanted.keys.auth,
        standard=wanted.standard,
        alerts=_stored(asked.data.alerts),
        policy=PushPolicy(asked.data.policy or "all"),
    )
    return await _shown(stored)


@endpoint("GET", "/api/v1/push/subscription", scope="push", auth="user")
async def show(call: Call) -> WebPushSubscription:
    assert call.caller is not None
    return await _shown(await subscriptions.subscription_of(call.caller))


@endpoint("PUT", "/api/v1/push/subscription", scope="push", auth="user")
async def update(call: Call, asked: ChangedSubscription) -> WebPushSubscription:
    """Change which types of notifications are pushed, and from whom."""
    assert call.caller is not None
    policy = asked.data.policy or asked.policy
    stored = await subscriptions.change(
        caller=call.caller,
        alerts=_stored(asked.data.alerts),
        policy=PushPolicy(policy) if policy else None,
    )
    return await _shown(stored)


@endpoint("DELETE", "/api/v1/push/subscription", scope="push", auth="user")
async def unsubscribe(call: Call) -> Ended:
    assert call.caller is not None
    await subscriptions.unsubscribe(caller=call.caller)
    return Ended()
