"""The key of the system actor, which signs fetches. One row, made at first need."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class SystemKey(Model):
    """`private_key` is encrypted when TAKAHE_KEY_SECRET is set."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    public_key = models.TextField()
    private_key = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
