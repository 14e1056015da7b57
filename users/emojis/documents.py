"""The documents of our emoji, at the ids that tags of posts and actors give them."""

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
    """Return an emoji that people of this domain may use; on one with authorized fetch, to signed requests only."""
    await require_signature(request)
    found = await emoji_of(request.domain, emoji_id)
    if found is None:
        raise NotFound
    return activitypub_response(
        request, {"@context": EMOJI_CONTEXT} | emoji_tag(found.copy(request.domain.base_url))
    )
