"""WebPushSubscription: docs.joinmastodon.org/entities/WebPushSubscription"""

from typing import Literal

import msgspec

from api.models import PushSubscription

Policy = Literal["all", "followed", "follower", "none"]


class Alerts(msgspec.Struct, kw_only=True):
    """The types of notifications that are pushed."""

    mention: bool = False
    quote: bool = False
    status: bool = False
    reblog: bool = False
    follow: bool = False
    follow_request: bool = False
    favourite: bool = False
    poll: bool = False
    update: bool = False
    quoted_update: bool = False
    admin_sign_up: bool = msgspec.field(default=False, name="admin.sign_up")
    admin_report: bool = msgspec.field(default=False, name="admin.report")


class WebPushSubscription(msgspec.Struct, kw_only=True):
    """A subscription. `id` is a number, unlike every other entity's: as in Mastodon, and Ice Cubes accepts nothing else."""

    id: int
    endpoint: str
    standard: bool
    alerts: Alerts
    server_key: str
    policy: Policy


def web_push_subscription(stored: PushSubscription, server_key: str) -> WebPushSubscription:
    return WebPushSubscription(
        id=stored.pk,
        endpoint=stored.endpoint,
        standard=stored.standard,
        alerts=msgspec.convert(stored.alerts, Alerts),
        server_key=server_key,
        policy=stored.policy,
    )
