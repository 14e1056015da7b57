"""Hashtags, the posts that have them, and the users who follow or feature them."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from users.domains.models import Domain
from users.identities.models import Identity


class Hashtag(Model):
    """A hashtag. `name` is in its normal form (core/texts/hashtags.py); `display_name` is how it was first written."""

    name = models.CharField(max_length=200, unique=True)
    display_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)


class PostTag(Model):
    """A hashtag of a post. `has_media` says whether the post has attachments, `domain` is that of a local post. Triggers maintain both
    (migrations 0023, 0028).
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    hashtag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+", db_index=False)
    has_media = models.BooleanField(default=False, db_default=False)
    domain = models.ForeignKey(
        Domain,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "hashtag"], name="activities_post_tag_pair")]
        indexes = [
            models.Index(fields=["hashtag", "-post"], name="activities_post_tag_hashtag"),
            models.Index(
                fields=["hashtag", "-post"],
                name="activities_post_tag_media",
                condition=models.Q(has_media=True),
            ),
            models.Index(
                fields=["hashtag", "domain", "-post"],
                name="activities_post_tag_domain",
                condition=models.Q(domain__isnull=False),
            ),
        ]


class FollowedTag(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    hashtag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "hashtag"], name="activities_followed_tag_pair")
        ]
        indexes = [models.Index(fields=["identity", "-id"], name="activities_followed_tag_owner")]


class FeaturedTag(Model):
    """A hashtag featured on a profile. At most ten per identity."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    hashtag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "hashtag"], name="activities_featured_tag_pair")
        ]
