"""The view that serves approvals, which prove to other servers that a reply, like or boost is allowed."""

from django.http import HttpResponse

from activities.approvals.activitypub import approval_document, approval_uri
from activities.approvals.queries import shown_approval
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from federation.negotiation import activitypub_response
from users.relations.documents import local_actor


@methods("GET")
async def authorization(request: Request, username: str, approval_id: int) -> HttpResponse:
    """Serve an approval, with the ids of both sides but no content; 404 after it was revoked."""
    author = await local_actor(request, username)
    found = await shown_approval(author.pk, approval_id)
    if found is None:
        raise NotFound
    kind, interacting_uri, target_uri = found
    return activitypub_response(
        request,
        approval_document(
            kind,
            uri=approval_uri(author.uri, approval_id),
            author_uri=author.uri,
            interacting_uri=interacting_uri,
            target_uri=target_uri,
        ),
    )
