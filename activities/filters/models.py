"""Filters: words and single posts that a user does not want to read. Expired ones are kept, as in Mastodon."""

from enum import StrEnum

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.db.enums import choices
from core.ids import new_id
from users.identities.models import Identity


class FilterAction(StrEnum):
    warn = "warn"
    hide = "hide"
    blur = "blur"


class FilterContext(StrEnum):
    home = "home"
    notifications = "notifications"
    public = "public"
    thread = "thread"
    account = "account"


class Filter(Model):
    """A filter. `contexts` are names of FilterContext. Every change increments the identity's `filters_version`."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=255)
    contexts = models.JSONField()
    action = models.CharField(max_length=10, choices=choices(FilterAction), default=FilterAction.warn)
    expires_at = models.DateTimeField(null=True)


class FilterKeyword(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    filter = models.ForeignKey(Filter, on_delete=models.CASCADE, related_name="+")
    keyword = models.CharField(max_length=512)
    whole_word = models.BooleanField(default=True)


class FilterStatus(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    filter = models.ForeignKey(Filter, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["filter", "post"], name="activities_filter_status_pair")
        ]
