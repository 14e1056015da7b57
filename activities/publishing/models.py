"""Idempotency keys: two requests with the same key create one post. Kept for an hour; deleted by a periodic job."""

from django.db import models

from core.db import Model
from users.identities.models import Identity


class IdempotencyKey(Model):
    """A key. `post_id` is reserved before the post is written; see activities/publishing/services/idempotency.py. `key` is a SHA-256."""

    author = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BinaryField(max_length=32)
    post_id = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "key"], name="activities_idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="activities_idempotency_age")]
