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
