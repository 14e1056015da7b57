"""The signer of a GET request, for documents with a restricted audience."""

from core.asgi import Request
from core.errors import NotFound, Problem, TooMany, Unauthenticated
from core.http import FetchError
from core.logs import get_logger
from federation.claims import read_claim, signature_matches
from federation.negotiation import require_federation
from federation.peers import host_of, is_blocked
from federation.remote_keys import fetch_key, key_of_request
from federation.signatures import has_signature

log = get_logger(__name__)


def claimed_key(request: Request) -> str:
    """Return the key id in the signature of a request, unverified; "" if there is none that can be read.

    Sufficient for refusing a requester, never for giving access.
    """
    if not has_signature(request.scope["headers"]):
        return ""
    try:
        return read_claim(request).key_id
    except Problem:
        return ""


def possible_owners(key_id: str) -> list[str]:
    """Return the actors that may own a key id, by the common patterns: `actor#main-key`, `actor/main-key`, or the actor's own id."""
    uri = key_id.partition("#")[0]
    return [uri, uri.rpartition("/")[0]]


async def signer_of_request(request: Request) -> str | None:
    """Return the URI of the actor that signed this request, None if it is unsigned, wrongly signed, or its host is blocked.

    An unknown key is fetched during the request: requesters with access are usually known. Not inside a transaction. Raises TooMany if
    too many such look-ups are in progress: that says nothing about the signer, who may retry. Raises NotFound, and fetches nothing, on a
    domain that doesn't federate.
    """
    require_federation(request)
    if request.signer is ...:
        request.signer = await _verified_signer(request)
    return request.signer


async def require_signature(request: Request) -> None:
    """Raise Unauthenticated for an unsigned GET on a domain with authorized fetch, and NotFound for one signed by a blocked host.

    The unverified claim is sufficient for a refusal: nobody gains from claiming to be blocked.
    """
    if (key_id := claimed_key(request)) and await is_blocked(host_of(key_id)):
        raise NotFound(detail=f"{host_of(key_id)} is blocked")
    if not await has_required_signature(request):
        raise Unauthenticated(code="signature_required")


async def has_required_signature(request: Request) -> bool:
    """Return whether a GET may be answered with more than needed to verify keys: it is signed, or its domain requires no signature."""
    if not request.domain.authorized_fetch:
        return True
    request.requires_signature = True
    return await signer_of_request(request) is not None


async def _verified_signer(request: Request) -> str | None:
    if not has_signature(request.scope["headers"]):
        return None
    try:
        claim = read_claim(request)
        if await is_blocked(host_of(claim.key_id)):
            return None
        key = await key_of_request(claim.key_id)
        if key is not None and signature_matches(key.pem, claim):
            return key.owner
        if key is None or key.may_be_outdated:
            key = await fetch_key(claim.key_id, matches=lambda found: signature_matches(found.pem, claim))
            return key.owner if signature_matches(key.pem, claim) else None
    except TooMany:
        raise
    except FetchError as error:
        log.info("signed_get.no_key", kind=error.kind, detail=error.detail)
    except Problem as problem:
        log.info("signed_get.refused", sentence=problem.sentence, detail=problem.detail)
    return None
