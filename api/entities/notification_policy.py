"""NotificationPolicy, V1::NotificationPolicy, NotificationRequest: docs.joinmastodon.org/methods/notifications"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from activities.notifications import models
from activities.notifications.models import PolicyChoice
from activities.notifications.queries.requests import RequestView
from api.entities.account import Account, account
from api.entities.status import Status, status
from api.entities.times import timestamp
from api.entities.viewpoint import Viewpoint

Choice = Literal["accept", "filter", "drop"]


class Summary(msgspec.Struct):
    pending_requests_count: int
    pending_notifications_count: int


class NotificationPolicy(msgspec.Struct):
    for_not_following: Choice
    for_not_followers: Choice
    for_new_accounts: Choice
    for_private_mentions: Choice
    for_limited_accounts: Choice
    for_bots: Choice
    summary: Summary


class V1NotificationPolicy(msgspec.Struct):
    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: Summary


class NotificationRequest(msgspec.Struct, kw_only=True):
    """A request. `notifications_count` is text."""

    id: str
    created_at: str
    updated_at: str
    account: Account
    notifications_count: str
    last_status: Status | UnsetType = UNSET


def notification_policy(row: models.NotificationPolicy, waiting: tuple[int, int]) -> NotificationPolicy:
    return NotificationPolicy(
        row.for_not_following,
        row.for_not_followers,
        row.for_new_accounts,
        row.for_private_mentions,
        row.for_limited_accounts,
        row.for_bots,
        Summary(*waiting),
    )


def v1_notification_policy(row: models.NotificationPolicy, waiting: tuple[int, int]) -> V1NotificationPolicy:
    return V1NotificationPolicy(
        row.for_not_following != PolicyChoice.accept,
        row.for_not_followers != PolicyChoice.accept,
        row.for_new_accounts != PolicyChoice.accept,
        row.for_private_mentions != PolicyChoice.accept,
        Summary(*waiting),
    )


def notification_request(view: RequestView, seen: Viewpoint) -> NotificationRequest:
    shown = NotificationRequest(
        id=str(view.id),
        created_at=timestamp(view.created_at),
        updated_at=timestamp(view.updated_at),
        account=account(view.actor, seen.domain),
        notifications_count=str(view.count),
    )
    if view.last_post is not None:
        shown.last_status = status(view.last_post, seen)
    return shown
