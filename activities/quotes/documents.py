"""The view that serves approval stamps, which prove to other servers that a quote is allowed (FEP-044f)."""

from django.http import HttpResponse

from activities.approvals.activitypub import approval_document
from activities.posts.models import Interaction
from activities.quotes.activitypub import stamp_uri
from activities.quotes.queries import approved_quote_uris
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from federation.negotiation import activitypub_response
from users.relations.documents import local_actor


@methods("GET")
async def stamp(request: Request, username: str, quoting_id: int) -> HttpResponse:
    """Serve a stamp, with the ids of the two posts but no content; 404 after it was revoked."""
    author = await local_actor(request, username)
    found = await approved_quote_uris(author.pk, quoting_id)
    if found is None:
        raise NotFound
    quoting_uri, quoted_uri = found
    return activitypub_response(
        request,
        approval_document(
            Interaction.quote,
            uri=stamp_uri(author.uri, quoting_id),
            author_uri=author.uri,
            interacting_uri=quoting_uri,
            target_uri=quoted_uri,
        ),
    )
