"""Reports of identities to the moderators, and what staff did to people: warnings, with the appeals against them."""

from enum import StrEnum

from django.db import models
from django.db.models import Value
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from users.identities.models import Identity


class ReportCategory(StrEnum):
    """The reason of a report, by the names of the Mastodon API."""

    spam = "spam"
    legal = "legal"
    violation = "violation"
    other = "other"


class Report(Model):
    """A report of an identity to the moderators. Kept until a moderator deletes it.

    `source` is null for a remote report whose sender its server keeps private; `rule_ids` are those of the reporter's domain.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.SET_NULL, null=True, related_name="+")
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    uri = models.CharField(max_length=2048, default="")
    comment = models.TextField(default="")
    post_uris = models.JSONField(default=list)
    post_ids = models.JSONField(
        default=list, db_default=Value([], models.JSONField())
    )  # of reports made here
    collection_ids = models.JSONField(
        default=list, db_default=Value([], models.JSONField())
    )  # of people whom the reported one recommends
    category = models.CharField(
        max_length=10,
        choices=choices(ReportCategory),
        default=ReportCategory.other,
        db_default=ReportCategory.other.value,
    )
    rule_ids = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    is_forwarded = models.BooleanField(default=False, db_default=False)  # to the server of who is reported
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    # logins of staff, which may be gone: who deals with it, and who resolved it
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


class WarningAction(StrEnum):
    """The act of staff behind a warning, by the names of the Mastodon API; there a frozen login is a disabled one, too."""

    none = "none"  # words alone
    mark_statuses_as_sensitive = "mark_statuses_as_sensitive"
    delete_statuses = "delete_statuses"
    sensitive = "sensitive"  # the media of all posts is covered
    silence = "silence"
    suspend = "suspend"
    freeze = "freeze"  # a login that may sign in and act as nobody
    disable = "disable"  # a login that can't sign in


class AccountWarning(Model):
    """An act of staff on somebody here, as that person reads of it. Grows with the acts of staff, and goes with the identity.

    `user` is the login of an act on a login: only that one reads it. `post_ids` are the posts that were acted on.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, null=True, related_name="+")
    action = models.CharField(max_length=30, choices=choices(WarningAction))
    text = models.TextField(default="")
    post_ids = models.JSONField(default=list)
    report_id = models.BigIntegerField(null=True)  # which may be deleted by now
    given_by = models.BigIntegerField(null=True)  # a login, which may be gone; None from the command line
    created_at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)  # by an appeal that was approved

    appealed: "Appeal | None" = None  # set by the queries that read it, too

    class Meta:
        indexes = [models.Index(fields=["identity", "id"], name="users_warning_of")]


class Appeal(Model):
    """The answer of a warned person, once. `is_approved` is null until staff decide."""

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
        """The state by the names of the Mastodon API."""
        return {None: "pending", True: "approved", False: "rejected"}[self.is_approved]


class WarningPreset(Model):
    """A text that staff put above what they write to somebody: of a domain, or without one for all of them. Grows with what staff prepare."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    title = models.CharField(max_length=100, default="")
    text = models.TextField()
    domain = models.ForeignKey("users.Domain", on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    @property
    def label(self) -> str:
        """The title, or else the beginning of the text."""
        return self.title or self.text[:60]
