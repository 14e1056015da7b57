"""ActivityPub documents of collections, and the stamps that prove local identities' consent (FEP-7aa9)."""

from django.http import HttpResponse

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound
from core.pages.addresses import path_to
from federation.negotiation import activitypub_response, wants_activitypub
from users.collections import queries
from users.collections.activitypub import collection_document, item_document, stamp_document, stamp_uri
from users.identities.activitypub.actor import featured_collections_uri
from users.identities.activitypub.context import AS
from users.identities.models import Identity, Restriction
from users.relations.documents import local_actor


async def _shown_actor(request: Request, username: str) -> Identity:
    identity = await local_actor(request, username)
    if identity.restriction == Restriction.suspended:
        raise NotFound
    return identity


@methods("GET")
async def collections(request: Request, username: str) -> HttpResponse:
    """Serve the list of a user's collections, which is short."""
    owner = await _shown_actor(request, username)
    uris = await queries.uris_of_collections(owner.pk)
    document = {
        "@context": AS,
        "id": featured_collections_uri(owner),
        "type": "Collection",
        "totalItems": len(uris),
        "items": uris,
    }
    return activitypub_response(request, document)


@methods("GET")
async def collection(request: Request, username: str, collection_id: int) -> HttpResponse:
    """Serve a collection with the actors who consented, each with a stamp. Browsers get its page."""
    if not wants_activitypub(request):
        path = path_to("collection", collection_id=collection_id)
        return HttpResponse(status=302, headers={"Location": path, "Vary": "Accept"})
    owner = await _shown_actor(request, username)
    view = await queries.public_collection(owner, collection_id)
    people = await queries.people_in(view)
    items = [
        item_document(view.collection, item, people[item.identity_id])
        for item in view.items
        if item.identity_id in people
    ]
    return activitypub_response(request, collection_document(view.collection, owner, items))


@methods("GET")
async def stamp(request: Request, username: str, item_id: int) -> HttpResponse:
    """Serve a stamp; 404 after it was revoked."""
    person = await _shown_actor(request, username)
    item = await queries.approved_item(person, item_id)
    if item is None:
        raise NotFound
    return activitypub_response(
        request,
        stamp_document(
            uri=stamp_uri(person.uri, item.pk), collection_uri=item.collection.uri, person_uri=person.uri
        ),
    )
