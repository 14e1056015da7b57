"""Troubles of the server: one row each while it lasts."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model

DISK_FULL = "disk_full"  # facts: folder, percent, free_mb, limit
BACKUP = "backup"  # facts: error, age_s


class Trouble(Model):
    """A trouble of one kind, one of the constants above, since a moment. `facts` are for the sentence about it. Deleted when it has ended."""

    kind = models.TextField(primary_key=True)
    facts = models.JSONField(default=dict)
    since = models.DateTimeField(db_default=Now())
