"""One activity for one inbox. The queue of a host is its pending deliveries in order of id; the Peer says when it is its turn.

What stops its growth: finished ones are deleted after seven days (handlers/cleaning.py); those for a dead host are dropped after a week.
"""

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from federation.models.outgoing_activity import OutgoingActivity


class DeliveryStatus(models.IntegerChoices):
    pending = 0
    delivered = 1
    failed = 2  # the peer refused it for good
    dropped = 3  # given up: the host was silent for too long, or is blocked


class Delivery(Model):
    """No foreign key to the peer: a sender must not wait for, or lock, the rows of the hosts it sends to."""

    id = models.BigAutoField(primary_key=True)
    activity = models.ForeignKey(OutgoingActivity, on_delete=models.CASCADE, related_name="+")
    host = models.CharField(max_length=255)
    inbox = models.TextField()
    status = models.SmallIntegerField(choices=DeliveryStatus, default=0, db_default=0)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    retry_at = models.DateTimeField(null=True)  # not before; the host as a whole backs off in its Peer
    http_status = models.SmallIntegerField(null=True)
    reason = models.TextField(default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["host", "id"], condition=models.Q(status=0), name="federation_delivery_queue"
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="federation_delivery_ended",
            ),
        ]
