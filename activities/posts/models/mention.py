"""An identity that a post mentions or is addressed to. Deleted with the post."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from users.identities.models import Identity


class Mention(Model):
    """A mention. A silent one is an addressee who is not named in the text: they may see the post and are not notified."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    is_silent = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "identity"], name="activities_mention_pair")]
        indexes = [models.Index(fields=["identity", "-post"], name="activities_mention_identity")]
