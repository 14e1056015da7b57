"""Fetching posts that relays announce. Not inside a transaction.

A relay's announcement is only a hint: a post is fetched from its own host, and passes the same checks as any fetched one.
"""

from collections.abc import Mapping
from typing import Any

from activities.publishing.activitypub import author_of, is_post
from activities.publishing.services.fetching import post_at, store_fetched
from core.db import release_connection
from core.errors import BadInput, NotAllowed, NotFound
from federation.documents import as_document, as_id, is_public, same_host, types_of
from federation.fetching import fetch_document
from federation.peers import host_of, is_blocked
from federation.relays import caps
from federation.relays.queries import relay_by_id
from users.domains.queries import is_local_host
from users.identities.services.remote_actors import ensure_actor
from users.relations.services.revoked_activities import was_deleted


async def fetch_relayed_post(relay_id: int, uri: str) -> None:
    """Fetch and store a post announced by a relay. It is added only to the home timelines of its hashtags' followers, and causes no
    notifications.

    Raises NotFound, NotAllowed (blocked), BadInput (not public, no hashtag of the relay, not a post) and FetchError kinds.
    """
    relay = await relay_by_id(relay_id)
    if await is_local_host(host_of(uri)) or await was_deleted(uri):
        raise NotFound
    if await is_blocked(host_of(uri)):
        raise NotAllowed(code="server_blocked", detail=host_of(uri))
    document = await _post_in(await fetch_document(uri))
    if not is_post(document) or not same_host(author_of(document), as_id(document.get("id"))):
        raise BadInput(code="no_post_at_address", detail="no post of its host's own")
    if not is_public(document.get("to")):
        raise BadInput(code="relayed_post_not_public")
    if not caps.matches(relay.hashtags, document):
        raise BadInput(code="relayed_post_without_hashtag")
    if await post_at(as_id(document.get("id"))) is not None:
        return
    await release_connection()
    author = await ensure_actor(author_of(document))  # a separate request, before the transaction
    if await store_fetched(document, author=author, may_be_private=False, for_hashtags=True) is not None:
        await caps.count_post(relay_id)


async def _post_in(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the post inside a Create: some relays announce that instead of the post."""
    if "Create" not in types_of(document):
        return document
    about, own = as_id(document.get("object")), as_document(document.get("object"))
    if not same_host(about, as_id(document.get("id"))):
        raise BadInput(code="no_post_at_address", detail="a Create of another host's post")
    return own if own is not None and is_post(own) else await fetch_document(about)
