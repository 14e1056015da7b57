"""Content negotiation: ActivityPub documents for peers, pages for browsers."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from core.asgi.request import Request
from core.errors import NotFound

ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
VARY = "Accept, Signature, Signature-Input"
ACCEPT = f"{ACTIVITY_JSON}, {LD_JSON}"

_PROFILE = "https://www.w3.org/ns/activitystreams"
_PAGES = frozenset(("text/html", "application/xhtml+xml", "text/*"))
_MAX_ACCEPT_LENGTH = 2000


def wants_activitypub(request: HttpRequest) -> bool:
    """Return whether the Accept header prefers an ActivityPub document to a page.

    `*/*` alone means a page: browsers and curl send it.
    """
    accept = request.META.get("HTTP_ACCEPT", "").lower()
    if "json" not in accept:
        return False
    document, page = 0.0, 0.0
    for media_type, quality in _accepted(accept[:_MAX_ACCEPT_LENGTH]):
        if media_type in _PAGES:
            page = max(page, quality)
        elif media_type in (ACTIVITY_JSON, "application/ld+json", "application/json"):
            document = max(document, quality)
    return document > 0 and document >= page


def is_activitypub(content_type: str) -> bool:
    """Return whether this Content-Type is that of an ActivityPub document (activity+json, or ld+json with the profile)."""
    media_type, parameters = _media_type(content_type)
    if media_type == ACTIVITY_JSON:
        return True
    return media_type == "application/ld+json" and _PROFILE in parameters.get("profile", "").split()


def require_federation(request: Request) -> None:
    """Raise NotFound if the domain of a request doesn't federate: it has no documents and no inboxes for other servers."""
    domain = getattr(request, "domain", None)
    if domain is not None and domain.is_local_only:
        raise NotFound(code="domain_is_local_only", name=domain.name)


def activitypub_response(
    request: Request,
    document: Mapping[str, Any],
    *,
    status: int = 200,
    depends_on_signer: bool = False,
    max_age_s: int = 180,
    of_server: bool = False,
) -> HttpResponse:
    """Return the document as `application/activity+json`. One that depends on the requester (signed GETs) is never cached.

    The others vary by signature, too, because blocked requesters get a 404. Raises NotFound on a domain that doesn't federate, except for
    documents `of_server`.
    """
    if not of_server:
        require_federation(request)
    response = HttpResponse(
        msgspec.json.encode(document), status=status, content_type=f"{ACTIVITY_JSON}; charset=utf-8"
    )
    response.headers["Vary"] = VARY
    response.headers["Cache-Control"] = (
        "private, no-store"
        if depends_on_signer or request.requires_signature
        else f"public, max-age={max_age_s}"
    )
    return response


def _accepted(header: str) -> list[tuple[str, float]]:
    """Return media types with their quality, without those that can't be parsed."""
    found = []
    for part in _split(header, ","):
        media_type, parameters = _media_type(part)
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            continue  # RFC 9110, 12.4.2 gives it no meaning
        if media_type and 0 <= quality <= 1:
            found.append((media_type, quality))
    return found


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    first, *rest = _split(text, ";")
    parameters = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"')
    return first.strip().lower(), parameters


def _split(text: str, separator: str) -> list[str]:
    """Split the header outside of quoted strings."""
    if '"' not in text:
        return text.split(separator)
    parts, quoted, start = [], False, 0
    for position, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
