"""Look-up of a collection by its URL, locally and on its own server. Not inside a transaction."""

from core.errors import NotAllowed, NotFound
from federation import peers
from federation.documents import host_of
from federation.fetching import fetch_document
from users.collections.activitypub import parse_collection
from users.collections.queries import collections_at
from users.collections.services.remote import store_remote_collection
from users.domains.queries import is_local_host
from users.identities.services import remote_actors


async def look_up_collection(url: str, *, may_fetch: bool) -> int | None:
    """Return the id of the collection with this page or document URL; None if there is none.

    With `may_fetch` an unknown one is fetched. Raises what fetching raises, and NotAllowed for blocked servers.
    """
    known = (await collections_at([url], None)).get(url)
    if known is not None or not may_fetch or await is_local_host(host_of(url)):
        return known.collection.pk if known is not None else None
    if await peers.is_blocked(host_of(url)):
        raise NotAllowed(code="server_blocked", detail=host_of(url))
    said = parse_collection(await fetch_document(url, may_be_page=True))
    if said is None:
        raise NotFound
    owner = await remote_actors.ensure_actor(said.owner_uri)
    stored = None if owner.is_local else await store_remote_collection(owner, said)
    return stored.pk if stored is not None else None
