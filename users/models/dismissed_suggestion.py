"""Somebody whom a person does not want to be suggested again. Ends with either identity."""

from django.db import models

from core.db import Model
from users.identities.models import Identity


class DismissedSuggestion(Model):
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "target"], name="users_dismissed_suggestion_pair")
        ]
