"""A like (favourite). Deleted by an undo, or with the post or the identity."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Like(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048, default="")
    said_at = models.DateTimeField(null=True)  # when its activity was last signed, by the sender's clock
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "identity"], name="activities_like_pair")]
        indexes = [models.Index(fields=["identity", "-id"], name="activities_like_identity")]
