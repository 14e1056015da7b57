"""ActivityPub documents of local actors, their followers and following. Browsers are redirected to the profile page."""

from typing import Any

from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, Gone, NotFound, Unauthenticated
from core.pages.addresses import path_to
from federation.negotiation import activitypub_response, wants_activitypub
from federation.peers import host_of, is_blocked
from federation.remote_keys import known_key
from federation.views import (
    claimed_key,
    has_required_signature,
    possible_owners,
    require_signature,
    signer_of_request,
)
from users.identities.activitypub.actor import actor_document, handles_in_profile
from users.identities.activitypub.context import AS
from users.identities.models import Identity, Restriction
from users.identities.queries import identities
from users.identities.queries.keys import keys_of
from users.identities.queries.mentioned import find_mentioned
from users.relations.queries import relationships
from users.relations.queries.social import FetchRefusal, fetch_refusal
from users.relations.queries.synchronisation import followers_on

_PAGE = 50
_FOR_A_KEY_CHECK = ("@context", "id", "type", "preferredUsername", "inbox", "publicKey", "assertionMethod")


async def local_actor(request: Request, username: str) -> Identity:
    """Return the identity with this name on the request's domain, to serve its documents.

    Raises NotFound, also if the signer of the request is blocked; Unauthenticated for a missing but required signature; Gone for a
    deleted identity.
    """
    identity = await _by_username(request, username)
    await refuse_blocked(request, identity)
    await require_signature(request)
    if identity.deleted_at is not None:
        raise Gone(code="account_deleted")
    return identity


async def _by_username(request: Request, username: str) -> Identity:
    identity = await identities.local_by_username(request.domain, username)
    if identity is None:
        raise NotFound
    return identity


async def refuse_blocked(request: Request, identity: Identity) -> None:
    """Raise NotFound for a request signed by a blocked server, or by an actor that `identity` or staff blocked.

    The unverified claim is sufficient: verifying would cost a look-up for each public document, and nobody gains from claiming to be
    blocked.
    """
    key_id = claimed_key(request)
    if not key_id:
        return
    host = host_of(key_id)
    if await is_blocked(host):
        raise NotFound(detail=f"{host} is blocked")
    key = await known_key(key_id)
    owners = possible_owners(key_id) if key is None else [key.owner]
    refusal = await fetch_refusal(identity.pk, host, owners)
    if refusal is FetchRefusal.UNKNOWN_SIGNER and key is None:
        # an actor of this host is blocked, and the key's id does not identify its owner
        owner = await signer_of_request(request)
        refusal = await fetch_refusal(identity.pk, host, [owner]) if owner else None
    if refusal is FetchRefusal.BLOCKED:
        raise NotFound(detail=f"the owner of {key_id} is blocked")


async def actor_response(request: Request, identity: Identity) -> HttpResponse:
    """Return the actor document, at any of its URLs.

    A GET without a required signature gets only what is needed to verify signatures, or two servers with authorized fetch could never
    connect. Another domain of this server redirects to the identity's own, whose rules apply. Raises NotFound if the signer is blocked,
    Gone if the identity was deleted.
    """
    if identity.domain_id != request.domain.pk:
        return _to_page(identity.uri)
    await refuse_blocked(request, identity)
    if identity.deleted_at is not None:
        raise Gone(code="account_deleted")
    people = await find_mentioned(handles_in_profile(identity))
    mentioned = {handle: person.uri for handle, person in people.items()}
    document = actor_document(identity, request.domain, mentioned, await keys_of(identity.pk))
    if not await has_required_signature(request):
        document = {name: document[name] for name in _FOR_A_KEY_CHECK if name in document}
    return activitypub_response(request, document)


def _to_page(path: str) -> HttpResponse:
    return HttpResponse(
        status=302, headers={"Location": path, "Vary": "Accept", "Cache-Control": "public, max-age=180"}
    )


@methods("GET")
async def actor(request: Request, username: str) -> HttpResponse:
    """Serve the actor's document, or redirect browsers to the profile page."""
    if not wants_activitypub(request):
        return _to_page(path_to("profile", handle=username))
    return await actor_response(request, await _by_username(request, username))


@methods("GET")
async def followers(request: Request, username: str) -> HttpResponse:
    return await _collection(request, username, "followers")


@methods("GET")
async def following(request: Request, username: str) -> HttpResponse:
    return await _collection(request, username, "following")


async def _collection(request: Request, username: str, which: str) -> HttpResponse:
    """Serve a collection: its size to everyone, its members in pages unless the identity hides them."""
    if not wants_activitypub(request):
        return _to_page(path_to(which, handle=username))
    identity = await local_actor(request, username)
    uri = identity.followers_url if which == "followers" else identity.following_url
    hidden = identity.hides_follows or identity.restriction == Restriction.suspended
    total = identity.followers_count if which == "followers" else identity.following_count
    if "page" in request.GET:
        if hidden:
            raise NotFound
        return activitypub_response(request, await _page(request, identity, uri, which, total))
    document: dict[str, Any] = {"@context": AS, "id": uri, "type": "OrderedCollection", "totalItems": total}
    if not hidden:
        document["first"] = f"{uri}?page=1"
    return activitypub_response(request, document)


async def _page(request: Request, identity: Identity, uri: str, which: str, total: int) -> dict[str, Any]:
    cursor = request.GET.get("max_id", "")
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 20):
        raise BadInput(code="not_a_number", name="max_id", status=400)
    read = relationships.followers_of if which == "followers" else relationships.following_of
    found = await read(identity.pk, max_id=int(cursor) if cursor else None, limit=_PAGE)
    uris = await identities.uris_of([identity_id for _, identity_id in found])
    document: dict[str, Any] = {
        "@context": AS,
        "id": f"{uri}?page=1" + (f"&max_id={cursor}" if cursor else ""),
        "type": "OrderedCollectionPage",
        "totalItems": total,
        "partOf": uri,
        "orderedItems": [uris[identity_id] for _, identity_id in found if identity_id in uris],
    }
    if len(found) == _PAGE:
        document["next"] = f"{uri}?page=1&max_id={found[-1][0]}"
    return document


@methods("GET")
async def followers_of_signer(request: Request, username: str) -> HttpResponse:
    """Serve the followers on the signer's own host (FEP-8fcf), even if the list is hidden: that host knows its own users."""
    signer = await signer_of_request(request)
    if signer is None:
        raise Unauthenticated(code="signature_required")
    identity = await local_actor(request, username)
    uri = f"{identity.followers_url}_synchronization"
    items = await followers_on(identity.pk, host_of(signer))
    document = {"@context": AS, "id": uri, "type": "OrderedCollection", "orderedItems": items}
    response = activitypub_response(request, document)
    response.headers["Cache-Control"] = "private, no-store"
    return response
