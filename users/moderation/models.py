"""Reports of identities to the moderators, and acts of staff on users: warnings, with the appeals against them."""

from enum import StrEnum

from django.db import models
from django.db.models import Value
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from users.identities.models import Identity


class ReportCategory(StrEnum):
    """The reason of a report, with the names of the Mastodon API."""

    spam = "spam"
    legal = "legal"
    violation = "violation"
    other = "other"


class Report(Model):
    """A report of an identity to the moderators. Kept until a moderator deletes it.

    `source` is null for a remote report whose server does not name the reporter; `rule_ids` are those of the reporter's domain.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.SET_NULL, null=True, related_name="+")
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    uri = models.CharField(max_length=2048, default="")
    comment = models.TextField(default="")
    post_uris = models.JSONField(default=list)
    post_ids = models.JSONField(default=list, db_default=Value([], models.JSONField()))  # of local reports
    collection_ids = models.JSONField(
        default=list, db_default=Value([], models.JSONField())
    )  # of collections by the reported identity
    category = models.CharField(
        max_length=10,
        choices=choices(ReportCategory),
        default=ReportCategory.other,
        db_default=ReportCategory.other.value,
    )
    rule_ids = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    is_forwarded = models.BooleanField(default=False, db_default=False)  # to the server of the reported actor
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    # logins of staff, which may be deleted: the assigned moderator, and the one who resolved it
    assigned_to = models.BigIntegerField(null=True)
    resolved_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(resolved_at__isnull=True), name="users_report_waiting"
            ),
            models.Index(fields=["target", "id"], name="users_report_of_target"),
            models.Index(
                fields=["resolved_at"],
                condition=models.Q(resolved_at__isnull=False),
                name="users_report_resolved",
            ),
        ]


class StaffNote(Model):
    """A text about an identity that staff write for each other, perhaps beside a report. Deleted with the identity.

    `domain_id` is the domain whose staff read it, None for staff of the whole server only.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    report_id = models.BigIntegerField(null=True)  # may be deleted
    domain_id = models.BigIntegerField(null=True)
    author_id = models.BigIntegerField(null=True)  # a login, which may be deleted; None for the command line
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["identity", "id"], name="users_staffnote_about")]


class WarningAction(StrEnum):
    """The act of staff behind a warning, with the names of the Mastodon API; there a frozen login is disabled, too."""

    none = "none"  # a message only
    mark_statuses_as_sensitive = "mark_statuses_as_sensitive"
    delete_statuses = "delete_statuses"
    sensitive = "sensitive"  # the media of all posts is marked as sensitive
    silence = "silence"
    suspend = "suspend"
    freeze = "freeze"  # the login can sign in but use no identity
    disable = "disable"  # a login that can't sign in


class AccountWarning(Model):
    """An act of staff on a local user, as shown to that user. Grows with the acts of staff, and is deleted with the identity.

    `user` is set for an act on a login, which alone can read it. `post_ids` are the affected posts.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, null=True, related_name="+")
    action = models.CharField(max_length=30, choices=choices(WarningAction))
    text = models.TextField(default="")
    post_ids = models.JSONField(default=list)
    report_id = models.BigIntegerField(null=True)  # may be deleted
    given_by = models.BigIntegerField(null=True)  # a login, which may be deleted; None for the command line
    created_at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)  # when an appeal was approved

    appealed: "Appeal | None" = None  # also set by the queries that read it

    class Meta:
        indexes = [models.Index(fields=["identity", "id"], name="users_warning_of")]


class Appeal(Model):
    """The appeal of a warned user, at most one per warning. `is_approved` is null until staff decide."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    warning = models.OneToOneField(AccountWarning, on_delete=models.CASCADE, related_name="appeal")
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    is_approved = models.BooleanField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(decided_at__isnull=True), name="users_appeal_waiting"
            )
        ]

    @property
    def state(self) -> str:
        """The state, with the names of the Mastodon API."""
        return {None: "pending", True: "approved", False: "rejected"}[self.is_approved]


class WarningPreset(Model):
    """A prepared text that staff can prepend to a message: for one domain, or without one for all. Only staff add rows."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    title = models.CharField(max_length=100, default="")
    text = models.TextField()
    domain = models.ForeignKey("users.Domain", on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    @property
    def label(self) -> str:
        """The title, or else the beginning of the text."""
        return self.title or self.text[:60]
