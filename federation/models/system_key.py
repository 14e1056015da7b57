"""The key of the system actor, which signs fetches. One row, created on first use."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class SystemKey(Model):
    """The key pair. `private_key` is encrypted if TAKAHE_KEY_SECRET is set."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    public_key = models.TextField()
    private_key = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
