"""The key pair that identifies us to push services (RFC 8292). One row, created at the first start."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class VapidKey(Model):
    """The key pair. `private_key` is PEM, encrypted if TAKAHE_KEY_SECRET is set; `public_key` is the point in the form sent to clients."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    public_key = models.TextField()
    private_key = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
