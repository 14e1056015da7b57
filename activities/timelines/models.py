"""The entries of home timelines. The newest 800 per identity are kept; a periodic job trims the rest."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from users.identities.models import Identity

MAX_KEPT = 800


class HomeEntry(Model):
    """An entry. Read as one range of the primary key's index: `WHERE identity_id = … ORDER BY post_id DESC`.

    Postgres does not check its foreign keys, which took half the time of a post to 10,000 followers: each check locks, and so writes, the
    follower's row. Deleting a post or an identity deletes its entries; one that is left over shows nothing, and is trimmed like the rest.
    """

    pk = models.CompositePrimaryKey("identity_id", "post_id")
    identity = models.ForeignKey(
        Identity, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_constraint=False)
