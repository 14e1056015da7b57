"""The public key of a remote actor. Deleted 30 days after it was fetched, and fetched again when needed."""

from django.db import models
from django.db.models.functions import Now

from core.db import Model


class RemoteKey(Model):
    """A key. `owner` is the URI of the actor that lists this key as its own; both are on the same host.

    `is_assertion`: the owner lists it under `assertionMethod` (FEP-521a), so it may sign documents.
    """

    key_id = models.CharField(max_length=2048, primary_key=True)
    owner = models.CharField(max_length=2048, db_index=True)
    pem = models.TextField()
    is_assertion = models.BooleanField(default=False, db_default=False)
    fetched_at = models.DateTimeField(db_default=Now())
