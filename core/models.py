"""The tables of core: uses of rate limits (core/ratelimit), and the backups that were made (core/backups)."""

from django.db import models
from django.db.models.functions import Now

from core.backups.plan import RunState
from core.db import Model
from core.db.enums import choices


class Tries(Model):
    """Uses of an exact limit in the window that ends at `ends_at`. Written and removed by core/ratelimit/exact.py only."""

    key = models.TextField(primary_key=True)
    ends_at = models.DateTimeField()
    used = models.IntegerField()

    class Meta:
        indexes = [models.Index("ends_at", name="core_tries_ends_at")]


class Uses(Model):
    """Uses of a limit that processes count locally and synchronise every second. Written and removed by core/ratelimit/shared.py only."""

    key = models.TextField(primary_key=True)
    ends_at = models.DateTimeField()
    used = models.IntegerField()

    class Meta:
        indexes = [models.Index("ends_at", name="core_uses_ends_at")]


class BackupRun(Model):
    """A backup into TAKAHE_BACKUP_DIR, also one that failed. Written by takahe/backups only, which keeps the newest 400."""

    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    state = models.TextField(choices=choices(RunState), db_default=RunState.running.value)
    bytes = models.BigIntegerField(null=True)  # of rows and media, also of media that an older backup brought
    error = models.TextField(default="", db_default="")  # a sentence; of one that is done, what it lacks
