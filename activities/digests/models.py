"""Digests: e-mails with the posts that a user missed on their home timeline."""

from enum import IntEnum

from django.db import models

from core.db import Model
from users.identities.models import Identity
from users.logins.models import User


class Frequency(IntEnum):
    """Days between two digests."""

    daily = 1
    weekly = 7


class Digest(Model):
    """The digests of one identity that a login asked for. `due_at` is when the next one is made."""

    pk = models.CompositePrimaryKey("user_id", "identity_id")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    days = models.SmallIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="activities_digest_due")]
