"""An earlier version of an edited post. Deleted with the post."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model


class Revision(Model):
    """A version of a post before an edit.

    `created_at` is when this version was published, as stated by its server; `replaced_at` when the next one arrived, by our clock.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    content = models.TextField(default="")
    source = models.TextField(default="")
    content_warning = models.TextField(default="")
    is_sensitive = models.BooleanField(default=False)
    emojis = models.JSONField(default=list)
    attachments = models.JSONField(default=list)
    question = models.JSONField(null=True)
    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)  # unknown for rows of earlier releases

    class Meta:
        indexes = [
            models.Index(fields=["post", "id"], name="activities_revision_post"),
            # for replacing the pictures of deleted or changed emoji
            models.Index(fields=["id"], condition=~models.Q(emojis=[]), name="activities_revision_emojis"),
        ]
