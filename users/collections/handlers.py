"""Verification of the items of remote collections by the worker, and removal of collections that nobody needs."""

from datetime import timedelta

from core.db import release_connection, sql
from core.errors import Problem
from core.http import FetchError
from federation.documents import host_of
from federation.fetching import fetch_document
from federation.fetching.pacing import is_paced
from federation.fetching.retries import retry_of
from stator import Outcome, every, failed, to
from users.collections.activitypub import ItemDocument, is_stamp_for, parse_item
from users.collections.models import Collection, CollectionItem, ItemCheck, ItemCheckGraph
from users.collections.services import accept_remote_person
from users.domains.queries import is_local_host
from users.identities.services import remote_actors
from users.relations.queries.predicates import is_followed_here

_COLLECTIONS = sql.table(Collection)
_ITEMS = sql.table(CollectionItem)
_OLD_AT_ONCE = 500
_KEPT_FOR = timedelta(days=30)


@ItemCheckGraph.new.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def check(doubt: ItemCheck) -> Outcome:
    """Show an item of a remote collection if its stamp, fetched from the actor's own host, names exactly this actor and collection."""
    collection = await Collection.objects.filter(pk=doubt.collection_id).afirst()
    if collection is None:
        return to(ItemCheckGraph.done)
    await release_connection()
    is_paced.set(True)
    try:
        return await _checked(doubt, collection.uri)
    except FetchError as error:
        return retry_of(error) or failed(error.reason)
    except Problem:  # deleted, blocked, or not an actor
        return to(ItemCheckGraph.done)


async def _checked(doubt: ItemCheck, collection_uri: str) -> Outcome:
    item: ItemDocument | None = ItemDocument(doubt.uri, doubt.person_uri, doubt.stamp_uri)
    if not doubt.person_uri:
        item = parse_item(await fetch_document(doubt.uri), collection_uri)
    if (
        item is None
        or item.uri != doubt.uri
        or not item.stamp_uri
        or await is_local_host(host_of(item.stamp_uri))
    ):
        return to(ItemCheckGraph.done)
    stamp = await fetch_document(item.stamp_uri, fresh=True)
    if not is_stamp_for(stamp, uri=item.stamp_uri, collection_uri=collection_uri, person_uri=item.person_uri):
        return to(ItemCheckGraph.done)
    person = await remote_actors.ensure_actor(item.person_uri)
    return to(
        ItemCheckGraph.done,
        effect=lambda: accept_remote_person(doubt, person_id=person.pk, stamp=item.stamp_uri),
    )


@every(timedelta(days=1), name="users.forgotten_collections")
async def remove_forgotten_collections() -> int:
    """Delete remote collections not read for a month whose owner has no local followers and which contain no local identity.

    Served by users_collection_item_pair and users_follow_target.
    """
    old = await sql.column(
        f"""SELECT c.id FROM {_COLLECTIONS} c JOIN users_identity o ON o.id = c.owner_id AND o.domain_id IS NULL
            WHERE c.updated_at < now() - %(kept)s AND NOT {is_followed_here("c.owner_id", fenced=True)}
            AND NOT EXISTS (SELECT 1 FROM {_ITEMS} t JOIN users_identity i ON i.id = t.identity_id
                            WHERE t.collection_id = c.id AND i.domain_id IS NOT NULL OFFSET 0)
            LIMIT %(most)s""",
        {"kept": _KEPT_FOR, "most": _OLD_AT_ONCE},
    )
    await Collection.objects.filter(pk__in=old).adelete()
    return len(old)
