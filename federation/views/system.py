"""/actor: the system actor, which signs fetches. Always readable without a signature, or two servers with authorized fetch could never connect."""

from django.http import HttpResponse

from core.asgi import Request, always, methods
from federation.negotiation import activitypub_response
from federation.system_actor import actor_document, system_key
from federation.views.inbox import inbox


@always  # it signs requests for all domains, and other servers look its key up
@methods("GET")
async def system_actor(request: Request) -> HttpResponse:
    """Return the actor document; it has the same key on every domain of this installation."""
    key = await system_key()
    return activitypub_response(request, actor_document(_base_url(request), key.public_key), of_server=True)


async def system_inbox(request: Request) -> HttpResponse:
    """Receive messages to the system actor (answers to its reports) like any others, on every domain."""
    return await inbox(request, of_server=True)


system_inbox.csrf_exempt = inbox.csrf_exempt  # type: ignore[attr-defined]
system_inbox.note_refusal = inbox.note_refusal  # type: ignore[attr-defined]
system_inbox.body_limit = inbox.body_limit  # type: ignore[attr-defined]


@methods("GET")
async def system_outbox(request: Request) -> HttpResponse:
    """Serve an empty outbox: the system actor's activities are private between it and one server."""
    return activitypub_response(
        request,
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{_base_url(request)}/actor/outbox",
            "type": "OrderedCollection",
            "totalItems": 0,
            "orderedItems": [],
        },
        of_server=True,
    )


def _base_url(request: Request) -> str:
    host = request.META.get("HTTP_HOST", "").lower()
    return f"{'http' if ':' in host else 'https'}://{host}"
