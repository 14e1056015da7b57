"""An activity to be delivered to other servers. Its bytes are stored once, whatever the number of inboxes.

Growth is bounded: it is deleted with the last of its deliveries, seven days after they ended (handlers/cleaning.py).
"""

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from core.ids import new_id


class OutgoingActivity(Model):
    """An activity. `signer` is an identity's id, negative for its key before the last rotation, 0 for the system actor. Both URIs are for
    finding its deliveries.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    signer = models.BigIntegerField()
    activity_type = models.CharField(max_length=100)
    activity_uri = models.TextField()
    object_uri = models.TextField()
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["activity_uri"], name="federation_outgoing_activity"),
            models.Index(fields=["object_uri"], name="federation_outgoing_object"),
        ]
