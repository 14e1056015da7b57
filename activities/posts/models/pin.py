"""A post pinned to its author's profile. At most five per identity."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Pin(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "identity"], name="activities_pin_pair")]
        indexes = [models.Index(fields=["identity", "-id"], name="activities_pin_identity")]
