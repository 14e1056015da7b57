"""The key with which a domain signs ID tokens (OpenID Connect). Created when the first one is needed."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model
from users.domains.models import Domain


class IdTokenKey(Model):
    """An RSA key of a domain. `private_key` is PEM, encrypted if TAKAHE_KEY_SECRET is set; `public_jwk` is what apps get (RFC 7517)."""

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, primary_key=True, related_name="+")
    private_key = models.TextField()
    public_jwk = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
