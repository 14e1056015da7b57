"""The tables of core: uses of rate limits (core/ratelimit)."""

from django.db import models

from core.db import Model


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
