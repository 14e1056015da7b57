"""Mails about single notifications, for logins that asked for them. A row is deleted with its login or identity."""

from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.db import Model
from users.identities.models import Identity
from users.logins.models import User


class AlertKind(StrEnum):
    """The reasons for a mail: a kind of notification, or several; private mentions are mentions by a post for few."""

    mention = "mention"
    private_mention = "private_mention"
    follow_request = "follow_request"
    request = "request"  # to reply, like or boost
    follow = "follow"
    quote = "quote"


class Alert(Model):
    """The mails of one identity that a login asked for.

    `after_id`: the newest notification that was considered. `due_at`: when the next ones are.
    """

    pk = models.CompositePrimaryKey("user_id", "identity_id")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    kinds = ArrayField(models.TextField())
    after_id = models.BigIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="activities_alert_due")]
