"""A host that one person wants to see nothing from (the API's domain block). Ends by hand or with the identity."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class HostBlock(Model):
    """`host` as in the handles of its people, lower case. Operators' blocks are policies of federation's Peer."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    host = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "host"], name="users_host_block_pair")]
        indexes = [
            models.Index(fields=["identity", "-id"], name="users_host_block_identity"),
            models.Index(fields=["host"], name="users_host_block_host"),
        ]
