"""Notification: docs.joinmastodon.org/entities/Notification"""

from collections.abc import Collection
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from activities.notifications.queries.groups import group_key_of
from activities.notifications.queries.notifications import NotificationView
from api.entities.account import Account, account
from api.entities.account_warning import AccountWarning, account_warning
from api.entities.collection import Collection as CollectionEntity
from api.entities.collection import collection
from api.entities.relationship_severance_event import (
    RelationshipSeveranceEvent,
    relationship_severance_event,
)
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
    "added_to_collection",
    "collection_update",
    "pending.reply",
    "pending.favourite",
    "pending.reblog",
    "scheduled_failed",
    "moderation_warning",
    "severed_relationships",
    "admin.sign_up",
    "admin.report",
]


class NotificationFallback(msgspec.Struct):
    """The text for apps that do not support the type."""

    title: str
    summary: str | None = None
    details: str | None = None


_WHERE = "Accept or reject it on the page of requests of this server."
_ON_THE_WEB = "Your app does not show collections; the pages of this server do."
# types that Mastodon lacks: every app gets the text, unless it lists the type as supported
_OF_OWN_TYPES = {
    "pending.reply": NotificationFallback("Somebody asks to reply to your post", _WHERE),
    "pending.favourite": NotificationFallback("Somebody asks to like your post", _WHERE),
    "pending.reblog": NotificationFallback("Somebody asks to boost your post", _WHERE),
    "scheduled_failed": NotificationFallback(
        "A scheduled post could not be published", "It is kept among your scheduled posts, with the reason."
    ),
}
# for apps that list the types they support
_OF_NEW_TYPES = {
    "added_to_collection": NotificationFallback("You were added to a collection", _ON_THE_WEB),
    "collection_update": NotificationFallback("A collection that you are in was changed", _ON_THE_WEB),
    "moderation_warning": NotificationFallback(
        "You have a warning from the moderators", "Read it on the pages of this server, under Settings."
    ),
    "severed_relationships": NotificationFallback(
        "A block or suspension ended some of your follows",
        "Read which ones on the pages of this server, under Settings.",
    ),
}


def fallback_of(kind: str, known: Collection[str] | None) -> NotificationFallback | UnsetType:
    """Return the text for an app that supports these types; None: it listed none."""
    if known is None:
        return _OF_OWN_TYPES.get(kind, UNSET)
    return UNSET if kind in known else (_OF_OWN_TYPES | _OF_NEW_TYPES).get(kind, UNSET)


class Notification(msgspec.Struct, kw_only=True):
    id: str
    type: NotificationType
    group_key: str
    created_at: str
    account: Account
    status: Status | UnsetType | None = UNSET
    report: Report | UnsetType = UNSET
    collection: CollectionEntity | UnsetType = UNSET
    moderation_warning: AccountWarning | UnsetType = UNSET
    event: RelationshipSeveranceEvent | UnsetType = UNSET
    fallback: NotificationFallback | UnsetType = UNSET


class UnreadNotificationsCount(msgspec.Struct):
    count: int


def notification(
    view: NotificationView, seen: Viewpoint, known: Collection[str] | None = None
) -> Notification:
    """Render a notification for its recipient, for an app that supports these types."""
    shown = Notification(
        id=str(view.id),
        type=view.kind,  # type: ignore[arg-type]  # the model's choices
        group_key=group_key_of(view),
        created_at=timestamp(view.created_at),
        account=account(view.actor, seen.domain),
        fallback=fallback_of(view.kind, known),
    )
    if view.collection is not None:
        shown.collection = collection(view.collection, seen.domain)
    if view.post is not None:
        shown.status = status(view.post, seen)
    if view.warning is not None:
        shown.moderation_warning = account_warning(view.warning, view.actor, seen.domain)
    if view.severance is not None:
        shown.event = relationship_severance_event(view.severance)
    if view.report is not None and view.reported is not None:
        shown.report = report(view.report, view.reported, seen.domain)
    return shown
