"""Content warnings that an author used recently, which composers suggest."""

from core.db import sql
from users.identities.models import Identity

_LOOKED_AT = 300  # of the author's newest posts and boosts
_OFFERED = 12


async def recent_warnings(author: Identity) -> list[str]:
    """Return the author's recent content warnings, last used first. Served by activities_post_author."""
    return await sql.column(
        """SELECT content_warning FROM (
               SELECT content_warning, id FROM activities_post p WHERE p.author_id = %s AND p.deleted_at IS NULL
               ORDER BY p.id DESC LIMIT %s) p
           WHERE content_warning <> '' GROUP BY content_warning ORDER BY max(id) DESC LIMIT %s""",
        [author.pk, _LOOKED_AT, _OFFERED],
    )
