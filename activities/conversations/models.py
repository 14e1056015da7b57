"""Direct conversations, one row for each local participant, and muted threads.

A conversation's row is deleted by its owner, with its last post, or with the identity; a mute by its owner or with the identity.
"""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Conversation(Model):
    """A thread of direct posts, one row per participant. `last_post_id` is the newest post that the participant may read."""

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    thread_id = models.BigIntegerField()  # Post.conversation_id
    last_post_id = models.BigIntegerField()
    is_unread = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "thread_id"], name="activities_conversation_pair")
        ]
        indexes = [
            models.Index(fields=["identity", "-last_post_id"], name="activities_conversation_newest"),
            models.Index(fields=["last_post_id"], name="activities_conversation_last"),
        ]


class ThreadMute(Model):
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    thread_id = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "thread_id"], name="activities_thread_mute_pair")
        ]
