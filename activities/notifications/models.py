"""Notifications, and the policy that filters some of them into requests."""

from enum import StrEnum

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.db.enums import choices
from users.collections.models import Collection
from users.identities.models import Identity
from users.moderation.models import AccountWarning, Report
from users.severances.models import Severance


class NotificationKind(StrEnum):
    """Notification types, with the names of the Mastodon API."""

    mention = "mention"
    status = "status"
    reblog = "reblog"
    follow = "follow"
    follow_request = "follow_request"
    favourite = "favourite"
    poll = "poll"
    update = "update"
    quote = "quote"
    quoted_update = "quoted_update"
    added_to_collection = "added_to_collection"
    collection_update = "collection_update"
    # GoToSocial's: approval is requested to reply to, like or boost a post
    pending_reply = "pending.reply"
    pending_favourite = "pending.favourite"
    pending_reblog = "pending.reblog"
    scheduled_failed = "scheduled_failed"  # our own type: Mastodon reports no failure of scheduled posts
    moderation_warning = "moderation_warning"
    severed_relationships = "severed_relationships"
    admin_sign_up = "admin.sign_up"
    admin_report = "admin.report"


MAX_KEPT = 1000  # per identity; older ones are deleted hourly
STAFF_KINDS = (NotificationKind.admin_sign_up.value, NotificationKind.admin_report.value)


class Notification(Model):
    """A notification to `identity` that `actor` did something, to `post` if there is one. One row per (identity, kind, actor, post).

    `report` is set for an `admin.report`, `collection` for the kinds about collections: the actor's newest one. `warning` is set for a
    `moderation_warning`, and `severance` for `severed_relationships`, whose actor is its recipient.
    """

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=30, choices=choices(NotificationKind))
    actor = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    warning = models.ForeignKey(
        AccountWarning, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    severance = models.ForeignKey(
        Severance, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # filtered by the user's policy: shown as a request, not in the list
    is_filtered = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "kind", "actor", "post"],
                nulls_distinct=False,
                name="notification_once",
            ),
        ]
        indexes = [
            models.Index(fields=["identity", "-id"], name="notification_identity"),
            models.Index(
                fields=["identity", "actor"],
                condition=models.Q(is_filtered=True),
                name="notification_filtered",
            ),
            models.Index(
                fields=["report"], condition=models.Q(report__isnull=False), name="notification_report"
            ),
            models.Index(
                fields=["collection"],
                condition=models.Q(collection__isnull=False),
                name="notification_collection",
            ),
            models.Index(
                fields=["warning"], condition=models.Q(warning__isnull=False), name="notification_warning"
            ),
            models.Index(
                fields=["severance"],
                condition=models.Q(severance__isnull=False),
                name="notification_severance",
            ),
        ]


class PolicyChoice(StrEnum):
    accept = "accept"
    filter = "filter"
    drop = "drop"


def _choice(default: PolicyChoice) -> "models.CharField[str, str]":
    return models.CharField(max_length=10, choices=choices(PolicyChoice), default=default)


class NotificationPolicy(Model):
    """A user's policy. Without a row the defaults apply. activities/notifications/queries/audience.py applies them."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, primary_key=True, related_name="+")
    for_not_following = _choice(PolicyChoice.accept)
    for_not_followers = _choice(PolicyChoice.accept)
    for_new_accounts = _choice(PolicyChoice.accept)
    for_private_mentions = _choice(PolicyChoice.filter)
    for_limited_accounts = _choice(PolicyChoice.filter)
    for_bots = _choice(PolicyChoice.accept)


class NotificationPermission(Model):
    """`identity` accepts notifications from `actor`, regardless of the policy."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    actor = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "actor"], name="activities_permission_pair")
        ]
