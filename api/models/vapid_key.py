"""The key pair that identifies us to push services (RFC 8292). One row, made at the first start."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class VapidKey(Model):
    """`private_key` is PEM, encrypted when TAKAHE_KEY_SECRET is set; `public_key` the point as clients get it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    public_key = models.TextField()
    private_key = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
