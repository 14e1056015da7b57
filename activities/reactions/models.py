"""An emoji reaction. Deleted by an undo, or with the post or the identity."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from core.ids import new_id
from users.identities.models import Identity

MAX_NAME_LENGTH = 64
MAX_PER_IDENTITY = 8
"""The maximum number of reactions of one identity to one post."""


class Reaction(Model):
    """A reaction. `name` is a Unicode emoji or the shortcode of a custom one; `host` is the custom emoji's server, empty for ours.

    Pictures are looked up in the table of custom emoji when reactions are read: a deleted shortcode is shown as text.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    host = models.CharField(max_length=255, default="", db_default="")
    uri = models.CharField(max_length=2048, default="", db_default="")
    said_at = models.DateTimeField(null=True)  # when its activity was last signed, by the sender's clock
    # a local one, sent as a Like, because the author's server is not known to understand anything else
    is_like = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "identity", "name", "host"], name="activities_reaction_once"
            )
        ]
        indexes = [models.Index(fields=["identity", "-id"], name="activities_reaction_identity")]
