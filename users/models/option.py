"""Typed options kept in the database, at four levels. The table of options and their types stands in users/options.py."""

from django.db import models

from core.db import Model


class Level(models.TextChoices):
    system = "system"
    domain = "domain"
    user = "user"
    identity = "identity"


class Option(Model):
    """One value that differs from its default. `owner` is the id of the domain, user or identity; 0 for the system."""

    level = models.CharField(max_length=10, choices=Level)
    owner = models.BigIntegerField(default=0)
    name = models.CharField(max_length=100)
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "owner", "name"], name="users_option_name")]
