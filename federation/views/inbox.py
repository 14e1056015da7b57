"""/inbox and /users/<username>/inbox. 202 with an empty body if the message is stored or known. Every refusal is logged and counted with
its reason.
"""

from django.http import HttpResponse

from core.asgi import MEGABYTE, Request, body_limit, methods, no_csrf, on_refusal
from core.errors import Problem
from core.media import disk
from federation import metrics
from federation.claims import read_claim
from federation.inbox.receiving import receive
from federation.inbox.refusals import record_refusal
from federation.inbox.storing import InboxRequest
from federation.negotiation import ACTIVITY_JSON, require_federation

_TYPES = frozenset((ACTIVITY_JSON, "application/ld+json", "application/json"))


@no_csrf
@on_refusal(record_refusal)
@body_limit(MEGABYTE)
@methods("POST")
async def inbox(request: Request, username: str = "", *, of_server: bool = False) -> HttpResponse:
    """Check what can be checked immediately and store the message; it is handled later (handlers/inbox.py).

    A domain that doesn't federate has only the inbox `of_server`, of the system actor.
    """
    if not of_server:
        require_federation(request)
    disk.refuse_if_full()
    _check_type(request)
    claim = read_claim(request)
    host = request.META.get("HTTP_HOST", "").lower()
    inbox_of = f"{host}/{username}" if username else ""
    followers = request.META.get("HTTP_COLLECTION_SYNCHRONIZATION", "")
    arrival = InboxRequest(
        claim, request.body, inbox_of, request.client_address, followers=followers, host=host
    )
    outcome = await receive(arrival)
    metrics.count("inbox", outcome)
    return HttpResponse(status=202)


def _check_type(request: Request) -> None:
    """Raise Problem (415) unless the body is uncompressed JSON. Compressed bodies are refused: no server sends them, and they could be
    zip bombs.
    """
    if (request.content_type or "").lower() not in _TYPES:
        raise Problem(code="wrong_content_type", detail=f"type {request.content_type!r}", status=415)
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() not in ("", "identity"):
        raise Problem(
            code="packed_body",
            detail=f"encoding {request.META['HTTP_CONTENT_ENCODING']!r}",
            status=415,
        )
