"""The public key of a remote actor. Deleted 30 days after it was fetched, and fetched again when needed."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class RemoteKey(Model):
    """`owner` is the URI of the actor that names this key as its own; both stand on the same host."""

    key_id = models.CharField(max_length=2048, primary_key=True)
    owner = models.CharField(max_length=2048, db_index=True)
    pem = models.TextField()
    fetched_at = models.DateTimeField(db_default=Now())
