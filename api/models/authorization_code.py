"""A code that an app exchanges for a token after a user authorized it. Valid for ten minutes; deleted by a periodic job."""

from django.db import models

from api.models.app import App
from core.db import Model
from users.identities.models import Identity
from users.logins.models import User


class AuthorizationCode(Model):
    """A code, bound to its app, redirect and PKCE challenge. `used_at` is kept, so that a replay is recognised and revokes the token.

    `nonce` and `signed_in_at` go into the ID token (OpenID Connect Core 1.0, section 2).
    """

    code_hash = models.CharField(max_length=64, unique=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE)
    redirect_uri = models.CharField(max_length=2048)
    scopes = models.TextField()
    challenge = models.CharField(max_length=128, default="")
    nonce = models.CharField(max_length=255, default="", db_default="")
    signed_in_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    token = models.ForeignKey("api.Token", on_delete=models.CASCADE, null=True, related_name="+")
