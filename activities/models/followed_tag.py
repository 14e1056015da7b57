"""Hashtags that somebody follows, or shows on their profile. End by hand or with the identity; they keep their hashtag."""

from django.db import models

from activities.models.hashtag import Hashtag
from core.db import Model
from core.ids import new_id
from users.models import Identity


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
    """At most ten an identity."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    hashtag = models.ForeignKey(Hashtag, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "hashtag"], name="activities_featured_tag_pair")
        ]
