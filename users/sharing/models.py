"""Invitations to write as an identity. Deleted when they are answered or taken back, and by a job once they have expired."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity
from users.logins.models import AccessRole, User

LIVES_FOR = timedelta(days=14)
MAX_OPEN = 20  # per identity
MAX_ACCESSES = 50  # logins per identity


class SharingInvitation(Model):
    """An invitation of a login by the name of one of its identities, or of whoever has confirmed an e-mail address, now or later.

    `label` is what the owner typed: the others will know the login by it. `address` is in the form of `plain_email`.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    address = models.CharField(max_length=254, default="")
    label = models.CharField(max_length=300)
    role = models.SmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "label"], name="users_sharing_label")]
        indexes = [models.Index(fields=["address"], condition=~Q(address=""), name="users_sharing_address")]

    @property
    def offers(self) -> AccessRole:
        return AccessRole(self.role)
