"""Somebody tells the moderators about an identity. Kept until a moderator deletes it."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.models.identity import Identity


class Report(Model):
    """`source` is null for a remote report whose sender its server keeps private."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.SET_NULL, null=True, related_name="+")
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    uri = models.CharField(max_length=2048, default="")
    comment = models.TextField(default="")
    post_uris = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
