"""Custom emoji in local posts: those used in a text, and removal of deleted or replaced pictures."""

from users.domains.queries import domain_by_id
from users.emojis import events
from users.emojis.activitypub import Copy
from users.emojis.models import EmojiRemoval
from users.emojis.queries import used_emojis
from users.emojis.services.copies import update_copies
from users.identities.models import Identity


async def emojis_in(author: Identity, *texts: str) -> list[Copy]:
    """Return copies of the emoji in plain texts of a local author."""
    domain = None if author.domain_id is None else await domain_by_id(author.domain_id)
    return [] if domain is None else await used_emojis(domain, *texts)


@events.on_picture_removed
async def mend_posts(removal: EmojiRemoval) -> bool:
    """Remove or replace an emoji's picture in posts and their earlier versions, without announcing an edit.

    Served by activities_post_own_emojis and activities_revision_emojis.
    """
    posts = await update_copies("activities_post", removal, where="is_local AND NOT emojis = '[]'")
    revisions = await update_copies("activities_revision", removal, where="NOT emojis = '[]'")
    return posts or revisions
