"""One activity for one inbox. A host's queue is its pending deliveries in order of id; Peer stores when it is next handled.

`retry_at` is null while the delivery's line (inbox and signer) has no failure. A temporarily refused delivery is the head of its line,
retried at that time; those behind it are PARKED until the head is finished (handlers/delivery_queue.py).

Growth is bounded: finished ones are deleted after seven days (handlers/cleaning.py); those for a dead host are dropped after a week.
"""

import datetime as dt
from enum import IntEnum

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.db.enums import choices
from federation.models.outgoing_activity import OutgoingActivity

PARKED = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
# the beginning of the reason of a line that must not be retried earlier
RETRY_AFTER_REASON = "answered 429 and asks to wait"


class DeliveryStatus(IntEnum):
    pending = 0
    delivered = 1
    failed = 2  # permanently refused by the peer
    dropped = 3  # given up: the host did not respond for too long, or is blocked


class Delivery(Model):
    """A delivery. It has no foreign key to the peer: a sender must not wait for, or lock, the rows of its recipients' hosts."""

    id = models.BigAutoField(primary_key=True)
    activity = models.ForeignKey(OutgoingActivity, on_delete=models.CASCADE, related_name="+")
    host = models.CharField(max_length=255)
    inbox = models.TextField()
    status = models.SmallIntegerField(choices=choices(DeliveryStatus), default=0, db_default=0)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    retry_at = models.DateTimeField(null=True)  # of its line; back-off of the whole host is in its Peer
    http_status = models.SmallIntegerField(null=True)
    reason = models.TextField(default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["host", "retry_at", "id"],
                condition=models.Q(status=0),
                name="federation_delivery_host",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="federation_delivery_ended",
            ),
        ]
