"""Reports of identities to the moderators."""

from enum import StrEnum

from django.db import models
from django.db.models import Value

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

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(resolved_at__isnull=True), name="users_report_waiting"
            ),
            models.Index(fields=["target", "id"], name="users_report_of_target"),
        ]
