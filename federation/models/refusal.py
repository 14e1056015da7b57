"""Messages that the inbox refused, counted by claimed host and reason, with the last case as the example.

Growth is bounded: federation/inbox/refusals.py writes at most some 200 rows every five seconds and keeps the 1,000 seen last; a row is
deleted after 14 days without another case.
"""

from django.db import models

from core.db import Model
from core.ids import new_id


class Refusal(Model):
    """Refusals of one reason. Everything but `reason` and `status` is what the client claimed, cleaned and truncated, and proves nothing.
    `host` is empty for the rest.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    host = models.CharField(max_length=255)
    reason = models.CharField(max_length=200)  # the error message sent to the peer
    status = models.SmallIntegerField()
    count = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # of the last case
    key_id = models.TextField(default="", db_default="")
    activity_id = models.TextField(default="", db_default="")
    activity_type = models.CharField(max_length=100, default="", db_default="")
    path = models.TextField(default="", db_default="")
    address = models.TextField(default="", db_default="")  # of the client
    size = models.BigIntegerField(default=0, db_default=0)  # of the body as received or announced, in bytes
    detail = models.TextField(default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "reason"], name="federation_refusal_host_reason")
        ]
        # serves the operators' page and finds the rows to delete
        indexes = [models.Index(fields=["-last_at"], name="federation_refusal_last")]
