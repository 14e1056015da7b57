"""One identity follows, or asks to follow, another. Ends with an unfollow, a reject, a block or either identity's end."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Follow(Model):
    """A row with `accepted_at` null is a request that waits for its target."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    uri = models.CharField(max_length=2048, default="")
    shows_boosts = models.BooleanField(default=True)
    notifies = models.BooleanField(default=False)
    languages = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="users_follow_pair")]
        indexes = [
            models.Index(fields=["target", "-id"], name="users_follow_target"),
            models.Index(fields=["source", "-id"], name="users_follow_source"),
        ]
