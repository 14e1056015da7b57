"""The position up to which a user has read a timeline, in apps and on pages. At most three rows per identity."""

from django.db import models

from core.db import Model
from users.identities.models import Identity


class Marker(Model):
    """A marker. `version` counts the changes, so that apps detect concurrent writes."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, db_index=False)
    timeline = models.CharField(max_length=20)
    last_read_id = models.CharField(max_length=100)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        app_label = "api"  # where its table has been since the first release
        constraints = [models.UniqueConstraint(fields=["identity", "timeline"], name="api_marker_timeline")]
