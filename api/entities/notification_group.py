"""GroupedNotificationsResults, NotificationGroup, PartialAccountWithAvatar: docs.joinmastodon.org/methods/grouped_notifications"""

import msgspec
from msgspec import UNSET, UnsetType

from activities.notifications.queries.groups import GroupView
from api.entities.account import Account
from api.entities.account_warning import AccountWarning
from api.entities.collection import Collection
from api.entities.notification import NotificationFallback, NotificationType
from api.entities.relationship_severance_event import RelationshipSeveranceEvent
from api.entities.report import Report
from api.entities.status import Status
from api.entities.times import timestamp


class NotificationGroup(msgspec.Struct, kw_only=True):
    """A group. `status_id` is null if no post is involved. Only the newest id is a number, as in Mastodon."""

    group_key: str
    notifications_count: int
    type: NotificationType
    most_recent_notification_id: int
    page_min_id: str
    page_max_id: str
    latest_page_notification_at: str
    sample_account_ids: list[str]
    status_id: str | None
    report: Report | UnsetType = UNSET
    collection: Collection | UnsetType = UNSET
    moderation_warning: AccountWarning | UnsetType = UNSET
    event: RelationshipSeveranceEvent | UnsetType = UNSET
    fallback: NotificationFallback | UnsetType = UNSET


class PartialAccountWithAvatar(msgspec.Struct):
    id: str
    acct: str
    url: str | None
    avatar: str
    avatar_static: str
    avatar_description: str
    locked: bool
    bot: bool


class GroupedNotificationsResults(msgspec.Struct, kw_only=True):
    accounts: list[Account]
    partial_accounts: list[PartialAccountWithAvatar] | UnsetType = UNSET
    statuses: list[Status]
    notification_groups: list[NotificationGroup]


def notification_group(view: GroupView, *, has_post: bool) -> NotificationGroup:
    return NotificationGroup(
        group_key=view.key,
        notifications_count=view.count,
        type=view.kind,  # type: ignore[arg-type]  # the model's choices
        most_recent_notification_id=view.newest_id,
        page_min_id=str(view.oldest_id),
        page_max_id=str(view.newest_id),
        latest_page_notification_at=timestamp(view.newest_at),
        sample_account_ids=[str(one) for one in view.actor_ids],
        status_id=str(view.post_id) if has_post else None,
    )


def partial_account(whole: Account) -> PartialAccountWithAvatar:
    return PartialAccountWithAvatar(
        whole.id,
        whole.acct,
        whole.url,
        whole.avatar,
        whole.avatar_static,
        whole.avatar_description,
        whole.locked,
        whole.bot,
    )
