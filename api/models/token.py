"""A bearer token. Only its hash is stored. Ends when it is revoked, expires, or its app, login or identity ends."""

from django.db import models

from api.models.app import App
from core.db import Model
from users.identities.models import Identity
from users.logins.models import User


class Token(Model):
    """`identity` and `user` are null for an app token (client credentials)."""

    token_hash = models.CharField(max_length=64, unique=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, null=True)
    scopes = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
