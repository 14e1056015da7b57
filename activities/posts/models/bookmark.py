"""Bookmarks and their folders, visible to their owner only. A bookmark is deleted by its owner or with the post, a folder by its owner or with them."""

from django.db import models
from django.db.models.functions import Lower

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class BookmarkFolder(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint("identity", Lower("name"), name="activities_bookmark_folder_name")
        ]


class Bookmark(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    folder = models.ForeignKey(
        BookmarkFolder, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "identity"], name="activities_bookmark_pair")]
        indexes = [
            models.Index(fields=["identity", "-id"], name="activities_bookmark_identity"),
            models.Index(
                fields=["folder", "-id"],
                condition=models.Q(folder__isnull=False),
                name="activities_bookmark_in_folder",
            ),
        ]
