"""Moderation of posts by the groups that they are in, and votes forwarded by groups (FEP-1b12).

A post is in a group if it addresses the group: a Mention, silent or not, of an identity of type Group.
"""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from users.identities.models import Identity


class GroupModeration(Model):
    """A post that the moderators of a group locked or removed from it. Deleted with the post or the group."""

    pk = models.CompositePrimaryKey("post_id", "group_id")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    group = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    is_locked = models.BooleanField(default=False)
    is_removed = models.BooleanField(default=False)


class GroupVote(Model):
    """A like forwarded by a group, stored so that repeats count once. Deleted by an undo, a dislike, or 30 days after the post.

    `voter` is the start of the SHA-256 of the actor's id: unknown actors are not fetched for a vote.
    """

    pk = models.CompositePrimaryKey("post_id", "voter")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    voter = models.BigIntegerField()
