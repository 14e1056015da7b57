"""Circles: named groups of followers that a user can post to. Deleted by their owner or with them; a membership ends with the follow."""

from django.db import models

from core.db import Model
from core.ids import new_id
from users.identities.models import Identity


class Circle(Model):
    """A named group of its owner's followers, visible to its owner only.

    Posts store the id of their circle without a foreign key (Post.circle_id), and their audience as silent mentions.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=255)


class CircleMember(Model):
    id = models.BigIntegerField(primary_key=True, default=new_id)
    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["circle", "identity"], name="users_circle_member_pair")
        ]


class LeftCircle(Model):
    """A membership that its member ended by unfollowing or blocking the owner. An Undo of that restores it; a periodic job deletes old rows.

    `mark` is the same for all circles left at once, and ordered by time. Without foreign keys, because the circle and the member may be
    deleted in the meantime.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    mark = models.BigIntegerField()
    circle_id = models.BigIntegerField()
    member_id = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["mark"], name="users_left_circle_mark"),
            models.Index(fields=["circle_id", "member_id"], name="users_left_circle_member"),
        ]
