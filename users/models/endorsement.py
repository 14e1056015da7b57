"""A followed person shown on one's own profile. Ends with the follow, by hand, or with either identity."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Endorsement(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_endorsement_pair")]
        indexes = [models.Index(fields=["source", "-id"], name="users_endorsement_source")]
