"""A bookmark, visible to its owner only. Deleted by its owner or with the post."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Bookmark(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "identity"], name="activities_bookmark_pair")]
        indexes = [models.Index(fields=["identity", "-id"], name="activities_bookmark_identity")]
