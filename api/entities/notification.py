"""Notification: docs.joinmastodon.org/entities/Notification"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from activities.notifications.queries.groups import group_key_of
from activities.notifications.queries.notifications import NotificationView
from api.entities.account import Account, account
from api.entities.report import Report, report
from api.entities.status import Status, status
from api.entities.times import timestamp
from api.entities.viewpoint import Viewpoint

NotificationType = Literal[
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
    "pending.reply",
    "pending.favourite",
    "pending.reblog",
    "scheduled_failed",
    "admin.sign_up",
    "admin.report",
]


class NotificationFallback(msgspec.Struct):
    """The text for apps that do not know the type."""

    title: str
    summary: str | None = None
    details: str | None = None


_WHERE = "Accept or reject it on the page of requests of this server."
# types that Mastodon does not have
FALLBACKS = {
    "pending.reply": NotificationFallback("Somebody asks to reply to your post", _WHERE),
    "pending.favourite": NotificationFallback("Somebody asks to like your post", _WHERE),
    "pending.reblog": NotificationFallback("Somebody asks to boost your post", _WHERE),
    "scheduled_failed": NotificationFallback(
        "A scheduled post could not be published", "It is kept among your scheduled posts, with the reason."
    ),
}


class Notification(msgspec.Struct, kw_only=True):
    id: str
    type: NotificationType
    group_key: str
    created_at: str
    account: Account
    status: Status | UnsetType | None = UNSET
    report: Report | UnsetType = UNSET
    fallback: NotificationFallback | UnsetType = UNSET


class UnreadNotificationsCount(msgspec.Struct):
    count: int


def notification(view: NotificationView, seen: Viewpoint) -> Notification:
    """Return a notification as its person sees it."""
    shown = Notification(
        id=str(view.id),
        type=view.kind,  # type: ignore[arg-type]  # the model's choices
        group_key=group_key_of(view),
        created_at=timestamp(view.created_at),
        account=account(view.actor, seen.domain),
        fallback=FALLBACKS.get(view.kind, UNSET),
    )
    if view.post is not None:
        shown.status = status(view.post, seen)
    if view.report is not None and view.reported is not None:
        shown.report = report(view.report, view.reported, seen.domain)
    return shown
