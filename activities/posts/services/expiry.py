"""Posts that delete themselves after a time chosen by their author."""

import datetime as dt

from activities.posts.models import Post, PostExpiry, PostExpiryGraph
from activities.posts.queries.writers import require_writer
from core import clock
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from users.identities.models import Identity

MIN_S, MAX_S = 3600, 366 * 86400
_EXPIRIES = sql.table(PostExpiry)


def check_expiry(seconds: int | None) -> None:
    """Raise Invalid for a time out of bounds."""
    if seconds is not None and not MIN_S <= seconds <= MAX_S:
        raise Invalid("expires_after", "out_of_bounds")


async def expire(post_id: int, seconds: int) -> None:
    """Schedule the deletion of a post so many seconds from now. In a transaction with the post."""
    expires_at = clock.now() + dt.timedelta(seconds=seconds)
    await sql.run(
        f"""INSERT INTO {_EXPIRIES} (post_id, expires_at, state, state_due_at) VALUES (%(post)s, %(at)s, %(waiting)s, %(at)s)
            ON CONFLICT (post_id) DO UPDATE SET expires_at = %(at)s, state = %(waiting)s, state_due_at = %(at)s,
                state_attempts = 0, state_error = NULL, state_changed_at = now()""",
        {"post": post_id, "at": expires_at, "waiting": PostExpiryGraph.waiting.name},
    )


async def set_expiry(*, author: Identity, post_id: int, seconds: int | None) -> None:
    """Set when a post deletes itself, counted from now; None keeps it. Raises NotFound if it is not the author's, and Invalid."""
    check_expiry(seconds)
    async with async_atomic():
        own = Post.objects.filter(pk=post_id, author_id=author.pk, deleted_at=None, boost_of=None)
        if not await own.select_for_update(no_key=True).aexists():
            raise NotFound
        await require_writer(post_id)
        if seconds is None:
            await PostExpiry.objects.filter(post=post_id).adelete()
        else:
            await expire(post_id, seconds)


async def expires_at(author: Identity, post_id: int) -> dt.datetime | None:
    """Return when a post deletes itself, for its author; None for everybody else. Served by the primary key."""
    return await sql.value(
        f"""SELECT e.expires_at FROM {_EXPIRIES} e JOIN activities_post p ON p.id = e.post_id
            WHERE e.post_id = %s AND e.state = %s AND p.author_id = %s""",
        [post_id, PostExpiryGraph.waiting.name, author.pk],
    )
