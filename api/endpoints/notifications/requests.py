"""Notification requests and the policy that filters notifications (docs.joinmastodon.org/methods/notifications)."""

from typing import Annotated, Literal

import msgspec

from activities.notifications.models import PolicyChoice
from activities.notifications.queries import requests as queries
from activities.notifications.services import policy as policy_
from api.entities.empty import Empty
from api.entities.notification_policy import (
    NotificationPolicy,
    NotificationRequest,
    V1NotificationPolicy,
    notification_policy,
    notification_request,
    v1_notification_policy,
)
from api.pagination import NOTIFICATIONS, Cursors, link_rows
from api.parameters import Id
from api.routing import Call, endpoint


async def _policy(call: Call) -> NotificationPolicy:
    return notification_policy(await queries.policy_of(call.me), await queries.pending_counts(call.me))


@endpoint("GET", "/api/v2/notifications/policy", scope="read:notifications", auth="user")
async def policy(call: Call) -> NotificationPolicy:
    return await _policy(call)


class PolicyEdit(msgspec.Struct):
    for_not_following: Literal["accept", "filter", "drop"] | None = None
    for_not_followers: Literal["accept", "filter", "drop"] | None = None
    for_new_accounts: Literal["accept", "filter", "drop"] | None = None
    for_private_mentions: Literal["accept", "filter", "drop"] | None = None
    for_limited_accounts: Literal["accept", "filter", "drop"] | None = None
    for_bots: Literal["accept", "filter", "drop"] | None = None


@endpoint("PATCH", "/api/v2/notifications/policy", scope="write:notifications", auth="user")
async def change_policy(call: Call, edit: PolicyEdit) -> NotificationPolicy:
    """Change the policy; absent fields stay unchanged. Does not affect existing notifications."""
    chosen = {
        name: PolicyChoice(choice)
        for name, choice in msgspec.structs.asdict(edit).items()
        if choice is not None
    }
    await policy_.change_policy(identity=call.me, choices=chosen)
    return await _policy(call)


@endpoint("GET", "/api/v1/notifications/policy", scope="read:notifications", auth="user")
async def v1_policy(call: Call) -> V1NotificationPolicy:
    """Return the policy in the form of version 1, with two choices."""
    return v1_notification_policy(await queries.policy_of(call.me), await queries.pending_counts(call.me))


class V1PolicyEdit(msgspec.Struct):
    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


@endpoint("PUT", "/api/v1/notifications/policy", scope="write:notifications", auth="user")
async def change_v1_policy(call: Call, edit: V1PolicyEdit) -> V1NotificationPolicy:
    chosen = {
        name.replace("filter_", "for_", 1): PolicyChoice.filter if filters else PolicyChoice.accept
        for name, filters in msgspec.structs.asdict(edit).items()
        if filters is not None
    }
    await policy_.change_policy(identity=call.me, choices=chosen)
    return await v1_policy(call)


class RequestPage(Cursors, kw_only=True):
    limit: Annotated[int, NOTIFICATIONS] = NOTIFICATIONS.default


@endpoint("GET", "/api/v1/notifications/requests", scope="read:notifications", auth="user")
async def index(call: Call, asked: RequestPage) -> list[NotificationRequest]:
    """Return a request for each account with filtered notifications."""
    found = await queries.requests(call.me, asked.page(asked.limit))
    link_rows(call, [view.id for view in found], limit=asked.limit)
    return [notification_request(view, call.viewpoint) for view in found]


class Merged(msgspec.Struct):
    merged: bool


@endpoint("GET", "/api/v1/notifications/requests/merged", scope="read:notifications", auth="user")
async def merged(call: Call) -> Merged:
    """Return true: accepted requests are merged immediately."""
    return Merged(True)


@endpoint("GET", "/api/v1/notifications/requests/<id>", scope="read:notifications", auth="user")
async def show(call: Call, id: Id) -> NotificationRequest:
    return notification_request(await queries.request(call.me, id), call.viewpoint)


@endpoint("POST", "/api/v1/notifications/requests/<id>/accept", scope="write:notifications", auth="user")
async def accept(call: Call, id: Id) -> Empty:
    """Accept the request: past and future notifications from this account are no longer filtered."""
    await policy_.accept_requests(identity=call.me, request_ids=[id], strict=True)
    return Empty()


@endpoint("POST", "/api/v1/notifications/requests/<id>/dismiss", scope="write:notifications", auth="user")
async def dismiss(call: Call, id: Id) -> Empty:
    """Delete the filtered notifications from this account. Later ones create a new request."""
    await policy_.dismiss_requests(identity=call.me, request_ids=[id], strict=True)
    return Empty()


class RequestIds(msgspec.Struct):
    id: list[Id] = []


@endpoint("POST", "/api/v1/notifications/requests/accept", scope="write:notifications", auth="user")
async def accept_several(call: Call, asked: RequestIds) -> Empty:
    await policy_.accept_requests(identity=call.me, request_ids=asked.id)
    return Empty()


@endpoint("POST", "/api/v1/notifications/requests/dismiss", scope="write:notifications", auth="user")
async def dismiss_several(call: Call, asked: RequestIds) -> Empty:
    await policy_.dismiss_requests(identity=call.me, request_ids=asked.id)
    return Empty()
