"""Storing which login wrote a post. Registered at start (activities/apps.py)."""

from activities.posts import events
from activities.posts.models import Post
from core.db import sql
from users.logins.access import speaker
from users.logins.queries import holds_in_sql


@events.on_post_created
async def store_writer(post: Post) -> None:
    """Store who speaks as the writer of a new post or boost, if others have access to its author, too.

    Indexes users_identity_access_pair and that of the identity.
    """
    now = speaker()
    if now is not None:
        await sql.run(
            f"""INSERT INTO activities_postwriter (post_id, user_id) SELECT %(post)s, %(user)s
               WHERE {holds_in_sql("%(user)s", "%(author)s")} AND EXISTS (
                   SELECT 1 FROM users_identityaccess b WHERE b.identity_id = %(author)s AND b.user_id <> %(user)s)""",
            {"post": post.pk, "user": now.user_id, "author": post.author_id},
        )


async def forget_writer(post_id: int) -> None:
    """Delete the writer of a boost that was removed. By primary key."""
    await sql.run("DELETE FROM activities_postwriter WHERE post_id = %s", [post_id])
