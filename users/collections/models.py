"""Collections of people, of identities here, and those of remote actors that have somebody from here in them.

They end with their owner, an item also with the person in it; services/ bounds how many there are of each.
"""

from enum import StrEnum

from django.db import models

from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from users.identities.models import Identity


class ItemState(StrEnum):
    """The consent of the person in an item. Revoked: they agreed, and later withdrew it."""

    pending = "pending"
    accepted = "accepted"
    rejected = "rejected"
    revoked = "revoked"


class Collection(Model):
    """A collection. `uri` is where its ActivityPub document is; what a remote one's name and description say is plain text."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    owner = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048, unique=True)
    name = models.CharField(max_length=256)
    description = models.TextField(default="")
    language = models.CharField(max_length=35, default="")
    tag = models.CharField(max_length=250, default="")  # without #
    is_sensitive = models.BooleanField(default=False)
    is_discoverable = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], name="users_collection_owner")]


class CollectionItem(Model):
    """A person in a collection. `approval_uri` is the stamp of a remote person's server."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=choices(ItemState))
    approval_uri = models.CharField(max_length=2048, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "identity"], name="users_collection_item_pair")
        ]
        indexes = [models.Index(fields=["identity", "-id"], name="users_collection_item_person")]
