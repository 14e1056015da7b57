"""The last read position in a timeline, shared between a person's apps. At most two rows an identity."""

from django.db import models

from core.db import Model
from users.identities.models import Identity


class Marker(Model):
    """`version` counts the changes, so that apps that write at once notice each other."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, db_index=False)
    timeline = models.CharField(max_length=20)
    last_read_id = models.CharField(max_length=100)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "timeline"], name="api_marker_timeline")]
