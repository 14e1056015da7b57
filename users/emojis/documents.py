"""ActivityPub documents of local emoji, at the ids used in the tags of posts and actors."""

from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from federation.negotiation import activitypub_response
from federation.views import require_signature
from users.emojis.activitypub import EMOJI_CONTEXT, emoji_tag
from users.emojis.queries import emoji_of


@methods("GET")
async def emoji(request: Request, emoji_id: int) -> HttpResponse:
    """Return an emoji available on this domain; with authorized fetch, to signed requests only."""
    await require_signature(request)
    found = await emoji_of(request.domain, emoji_id)
    if found is None:
        raise NotFound
    return activitypub_response(
        request, {"@context": EMOJI_CONTEXT} | emoji_tag(found.copy(request.domain.base_url))
    )
