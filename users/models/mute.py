"""A mute: the source sees the target no more; the target is not told. Expired rows are removed by a periodic job."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Mute(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    hides_notifications = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_mute_pair")]
        indexes = [models.Index(fields=["source", "-id"], name="users_mute_source")]
