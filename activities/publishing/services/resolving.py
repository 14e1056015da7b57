"""Resolution of a handle or URL to an identity or post, which is fetched when it is unknown here."""

from activities.posts.models import Post
from activities.publishing.services import fetching
from core.errors import BadInput, NotFound
from users.identities.models import Identity
from users.identities.services import remote_actors

LONGEST = 2048


async def resolve_uri(text: str) -> Identity | Post:
    """Return the identity or post that a handle (`acct:` or not) or a URL means.

    Raises NotFound, BadInput, and what fetching raises.
    """
    text = text.strip()
    if not text or len(text) > LONGEST or "\x00" in text:
        raise BadInput(code="nothing_to_resolve", status=400)
    if not text.startswith(("https://", "http://")):
        return await remote_actors.look_up(text)
    known = await fetching.post_at(text)
    if known is not None:
        return known
    try:
        return await remote_actors.look_up(text)
    except NotFound:
        return await fetching.ensure_post(text, may_be_page=True)
