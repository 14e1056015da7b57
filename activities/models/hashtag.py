"""Hashtags and the posts that carry them. PostTag rows live as long as their post; unused hashtags are removed by a periodic job."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model


class Hashtag(Model):
    """`name` is in its normal form (core/texts/hashtags.py); `display_name` is how it was first written."""

    name = models.CharField(max_length=200, unique=True)
    display_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)


class PostTag(Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    hashtag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "hashtag"], name="activities_post_tag_pair")]
        indexes = [models.Index(fields=["hashtag", "-post"], name="activities_post_tag_hashtag")]
