"""The passes over all stored posts of other servers: one row, rewritten by each."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class RetentionPass(Model):
    """The pass that runs, or the last one. `position` is the last post that it looked at: a stopped one goes on there."""

    id = models.SmallIntegerField(primary_key=True, default=1)  # there is one row
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0, db_default=0)
    looked_at = models.BigIntegerField(default=0, db_default=0)
    removed = models.BigIntegerField(default=0, db_default=0)
    removed_in_all = models.BigIntegerField(default=0, db_default=0)  # by this pass and those before

    class Meta:
        db_table = "activities_retentionpass"
