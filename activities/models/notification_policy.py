"""Whose notifications a person wants to look at first. One policy an identity; a permission ends with either identity."""

from django.db import models

from core.db import Model
from users.models import Identity


class PolicyChoice(models.TextChoices):
    accept = "accept"
    filter = "filter"
    drop = "drop"


def _choice(default: PolicyChoice) -> "models.CharField[str, str]":
    return models.CharField(max_length=10, choices=PolicyChoice, default=default)


class NotificationPolicy(Model):
    """Without a row the defaults count. What they mean is said in activities/queries/audience.py."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, primary_key=True, related_name="+")
    for_not_following = _choice(PolicyChoice.accept)
    for_not_followers = _choice(PolicyChoice.accept)
    for_new_accounts = _choice(PolicyChoice.accept)
    for_private_mentions = _choice(PolicyChoice.filter)
    for_limited_accounts = _choice(PolicyChoice.filter)
    for_bots = _choice(PolicyChoice.accept)


class NotificationPermission(Model):
    """`identity` said yes to notifications from `actor`, whatever the policy is."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    actor = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "actor"], name="activities_permission_pair")
        ]
