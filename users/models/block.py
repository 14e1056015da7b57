"""A block: neither side sees or reaches the other. Ends with an unblock or either identity's end."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Block(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    uri = models.CharField(max_length=2048, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_block_pair")]
        indexes = [models.Index(fields=["source", "-id"], name="users_block_source")]
