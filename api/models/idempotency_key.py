"""A client's promise that two posts with one key are one post. Kept for an hour; removed by a periodic job."""

from django.db import models

from api.models.token import Token
from core.db import Model


class IdempotencyKey(Model):
    """`post_id` is set aside before the post is written; see api/services/idempotency.py."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=200)
    post_id = models.BigIntegerField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="api_idempotency_key_once")]
