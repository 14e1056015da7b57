"""The entries of home timelines. The newest 800 per identity are kept; a periodic job trims the rest."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from users.identities.models import Identity

MAX_KEPT = 800


class HomeEntry(Model):
    """An entry. Read as one range of the primary key's index: `WHERE identity_id = … ORDER BY post_id DESC`."""

    pk = models.CompositePrimaryKey("identity_id", "post_id")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
