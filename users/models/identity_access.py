"""Which logins may speak as which identities. One login holds several, one identity may have several logins."""

from django.db import models

from core.db import Model
from users.identities.models import Identity
from users.models.user import User


class IdentityAccess(Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE)
    is_owner = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "identity"], name="users_identity_access_pair")
        ]
