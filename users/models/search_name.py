"""What identities are found by (core/texts/folding.py), apart from their own rows, which are written much more often."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from core.db import Model
from users.models.identity import Identity


class SearchName(Model):
    """The folded username and name of an identity that isn't deleted. Written by users/services/search_names.py only."""

    # the database's own foreign key (ON DELETE CASCADE) is made in the migration: Django refuses to mix the two kinds
    identity = models.OneToOneField(
        Identity, on_delete=models.CASCADE, db_constraint=False, primary_key=True, related_name="+"
    )
    text = models.TextField()
    grams = ArrayField(models.TextField())

    class Meta:
        indexes = [
            # without a list of pending entries, which every search would have to read
            GinIndex(fields=["grams"], fastupdate=False, name="users_searchname_grams"),
        ]


class Backfill(Model):
    """How far the worker has come in filling a new table from old rows, newest first: everything from `done_from` on is filled."""

    name = models.CharField(max_length=50, primary_key=True)
    done_from = models.BigIntegerField()
