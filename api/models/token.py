"""A bearer token. Only its hash is stored. It becomes invalid when it is revoked or expires, or its app, login or identity is deleted."""

from django.db import models

from api.models.app import App
from core import clock
from core.db import Model
from users.identities.models import Identity
from users.logins.models import User


class Token(Model):
    """A token. `identity` and `user` are null for an app token (client credentials)."""

    token_hash = models.CharField(max_length=64, unique=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, null=True)
    scopes = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, default="", db_default="")  # of the last use that was written
    user_agent = models.CharField(max_length=255, default="", db_default="")
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    @property
    def is_live(self) -> bool:
        """True if neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > clock.now())


def is_live_in_sql(row: str) -> str:
    """Return the same as a condition on a row of api_token."""
    return f"{row}.revoked_at IS NULL AND ({row}.expires_at IS NULL OR {row}.expires_at > now())"
