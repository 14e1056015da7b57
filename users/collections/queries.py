"""Collections and their members. Reads exclude actors who are deleted or suspended, are on blocked servers, or have a block with the
viewer in either direction.
"""

import re
from collections.abc import Collection as Many
from collections.abc import Sequence
from typing import Any

import msgspec

from core.db import sql
from core.errors import NotFound
from core.texts import normal_query
from core.texts.html_tags import read_links
from users.collections.activitypub import page_url
from users.collections.models import Collection, CollectionItem, ItemState
from users.identities.models import Identity
from users.identities.queries.predicates import and_reachable, is_active, is_reachable, is_unrestricted
from users.relations.queries.predicates import either_blocks

_ITEMS = sql.table(CollectionItem)
_COLLECTIONS = sql.table(Collection)
_IDENTITIES = sql.table(Identity)
_MOST_FOUND = 500  # of those that a search finds, before they are sorted


class CollectionView(msgspec.Struct, frozen=True):
    """A collection with its owner, as seen by a viewer. `items` are its members, oldest first."""

    collection: Collection
    items: list[CollectionItem]

    def item_of(self, identity_id: int) -> CollectionItem | None:
        return next((item for item in self.items if item.identity_id == identity_id), None)


def _shown(viewer: Identity | None, person: str) -> str:
    """Return SQL for: no block hides this actor (an id) from the viewer."""
    return "TRUE" if viewer is None else f"NOT {either_blocks('%(viewer)s', person)}"


def _params(viewer: Identity | None, **more: Any) -> dict[str, Any]:
    return {**more, "viewer": viewer.pk if viewer is not None else None}


async def _views(
    collections: Sequence[Collection], viewer: Identity | None, *, with_refusals: bool = False
) -> list[CollectionView]:
    """Return the collections with their items in one query (users_collection_item_pair). Owners also see items without an answer."""
    unanswered = [ItemState.pending.value, *([ItemState.rejected.value] if with_refusals else [])]
    states = (
        f"(t.state = '{ItemState.accepted}' OR t.state = ANY(%(unanswered)s) AND c.owner_id = %(viewer)s)"
    )
    reachable = "" if with_refusals else await and_reachable("i")
    ids = await sql.column(
        f"""SELECT t.id FROM {_ITEMS} t JOIN {_COLLECTIONS} c ON c.id = t.collection_id
            JOIN {_IDENTITIES} i ON i.id = t.identity_id
            WHERE t.collection_id = ANY(%(ids)s::bigint[]) AND {states} AND {is_active("i")}{reachable}
            AND {_shown(viewer, "t.identity_id")}""",
        _params(viewer, ids=[one.pk for one in collections], unanswered=unanswered),
    )
    items: dict[int, list[CollectionItem]] = {}
    async for item in CollectionItem.objects.filter(pk__in=ids).order_by("position", "id"):
        items.setdefault(item.collection_id, []).append(item)
    return [CollectionView(one, items.get(one.pk, [])) for one in collections]


async def _loaded(ids: Sequence[int]) -> list[Collection]:
    found = Collection.objects.select_related("owner").filter(pk__in=ids).order_by("-id")
    return [one async for one in found]


async def own_collection(owner: Identity, collection_id: int) -> CollectionView:
    """Return the viewer's own collection, including items that were not answered or were refused. Raises NotFound."""
    found = await Collection.objects.select_related("owner").filter(pk=collection_id, owner=owner).afirst()
    if found is None:
        raise NotFound
    return (await _views([found], owner, with_refusals=True))[0]


async def collection_seen(viewer: Identity | None, collection_id: int) -> CollectionView:
    """Return a collection. Raises NotFound also if its owner is hidden from the viewer."""
    found = await sql.value(
        f"""SELECT c.id FROM {_COLLECTIONS} c JOIN {_IDENTITIES} i ON i.id = c.owner_id
            WHERE c.id = %(id)s AND {is_active("i")} AND {is_reachable("i")}
            AND {_shown(viewer, "c.owner_id")}""",
        _params(viewer, id=collection_id),
    )
    if found is None:
        raise NotFound
    return (await _views(await _loaded([found]), viewer))[0]


async def collections_of(
    owner_id: int, viewer: Identity | None, *, limit: int, offset: int
) -> list[CollectionView]:
    """Return a user's collections, newest first (users_collection_owner); none if there is a block between owner and viewer.

    Other users' collections are included only if discoverable.
    """
    ids = await sql.column(
        f"""SELECT c.id FROM {_COLLECTIONS} c JOIN {_IDENTITIES} i ON i.id = c.owner_id
            WHERE c.owner_id = %(owner)s AND (c.is_discoverable OR c.owner_id = %(viewer)s) AND {is_active("i")} AND {is_reachable("i")}
            AND {_shown(viewer, "c.owner_id")}
            ORDER BY c.id DESC LIMIT %(limit)s OFFSET %(offset)s""",
        _params(viewer, owner=owner_id, limit=limit, offset=offset),
    )
    return await _views(await _loaded(ids), viewer)


async def collections_with(
    person_id: int, viewer: Identity, *, limit: int, offset: int
) -> list[CollectionView]:
    """Return the collections that an actor consented to be in, newest first (users_collection_item_person)."""
    ids = await sql.column(
        f"""SELECT c.id FROM {_ITEMS} t JOIN {_COLLECTIONS} c ON c.id = t.collection_id
            JOIN {_IDENTITIES} i ON i.id = c.owner_id
            WHERE t.identity_id = %(person)s AND t.state = '{ItemState.accepted}' AND {is_active("i")} AND {is_reachable("i")}
            AND {_shown(viewer, "c.owner_id")} AND {_shown(viewer, "t.identity_id")}
            ORDER BY t.id DESC LIMIT %(limit)s OFFSET %(offset)s""",
        _params(viewer, person=person_id, limit=limit, offset=offset),
    )
    return await _views(await _loaded(ids), viewer)


async def public_collection(owner: Identity, collection_id: int) -> CollectionView:
    """Return this owner's collection with the actors who consented, for its ActivityPub document. Raises NotFound."""
    found = await Collection.objects.select_related("owner").filter(pk=collection_id, owner=owner).afirst()
    if found is None:
        raise NotFound
    return (await _views([found], None))[0]


async def inboxes_of_people_in(collection_id: int) -> set[str]:
    """Return the inboxes of a collection's remote members, shared ones if available (users_collection_item_pair)."""
    return set(
        await sql.column(
            f"""SELECT coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url) FROM {_ITEMS} t JOIN {_IDENTITIES} i ON i.id = t.identity_id
                WHERE t.collection_id = %s AND t.state = '{ItemState.accepted}' AND i.domain_id IS NULL AND i.deleted_at IS NULL
                AND i.inbox_url <> ''""",
            [collection_id],
        )
    )


async def people_from_here(collection_id: int) -> list[int]:
    """Return the local identities that consented to be in a collection (users_collection_item_pair)."""
    return await sql.column(
        f"""SELECT i.id FROM {_ITEMS} t JOIN {_IDENTITIES} i ON i.id = t.identity_id
            WHERE t.collection_id = %s AND t.state = '{ItemState.accepted}' AND i.domain_id IS NOT NULL""",
        [collection_id],
    )


async def search_collections(
    text: str, viewer: Identity | None, *, limit: int, offset: int = 0
) -> list[CollectionView]:
    """Return the discoverable collections whose name or hashtag contains each of these words, largest first (users_collection_words).

    Excludes those of owners who are limited or hidden from the viewer.
    """
    words = [f"%{sql.like(word)}%" for word in normal_query(text).lower().split()]
    if not words:
        return []
    ids = await sql.column(
        f"""SELECT c.id FROM (
                SELECT c.id, c.owner_id FROM {_COLLECTIONS} c
                WHERE lower(c.name || ' ' || c.tag) LIKE ALL (%(words)s::text[]) AND c.is_discoverable LIMIT {_MOST_FOUND}) c
            JOIN {_IDENTITIES} i ON i.id = c.owner_id
            WHERE {is_unrestricted("i")} AND {is_reachable("i")} AND {_shown(viewer, "c.owner_id")}
            ORDER BY (SELECT count(*) FROM {_ITEMS} t WHERE t.collection_id = c.id AND t.state = '{ItemState.accepted}') DESC, c.id DESC
            LIMIT %(limit)s OFFSET %(offset)s""",
        _params(viewer, words=words, limit=limit, offset=offset),
    )
    found = await collections_by_ids(ids, viewer)
    return [found[one] for one in ids if one in found]


async def collections_by_ids(ids: Many[int], viewer: Identity | None) -> dict[int, CollectionView]:
    """Return those of these collections whose owner is not hidden from the viewer. Runs no query for an empty list."""
    if not ids:
        return {}
    found = await sql.column(
        f"""SELECT c.id FROM {_COLLECTIONS} c JOIN {_IDENTITIES} i ON i.id = c.owner_id
            WHERE c.id = ANY(%(ids)s::bigint[]) AND {is_active("i")} AND {is_reachable("i")}
            AND {_shown(viewer, "c.owner_id")}""",
        _params(viewer, ids=list(ids)),
    )
    return {view.collection.pk: view for view in await _views(await _loaded(found), viewer)}


_PAGE_OF_OURS = re.compile(r"https?://[^/]+/collections/([0-9]{1,18})")
_MAX_LINKS = 4  # of a post, as Mastodon shows mentions of collections: few


def collection_links(content: str) -> list[str]:
    """Return the URLs in a post's HTML that may be collections; servers use the path `/collections/…`, as Mastodon does."""
    if "collections/" not in content:
        return []
    links = (link.href for link in read_links(content))
    return [*dict.fromkeys(link for link in links if "collections/" in link)][:_MAX_LINKS]


async def collections_at(urls: Many[str], viewer: Identity | None) -> dict[str, CollectionView]:
    """Return address → collection, for page URLs and ids. Served by the primary key, the unique index on uri, and users_collection_url."""
    pages = [int(match[1]) for url in urls if (match := _PAGE_OF_OURS.fullmatch(url)) is not None]
    ids = await sql.column(
        f"""SELECT c.id FROM {_COLLECTIONS} c WHERE c.id = ANY(%(pages)s::bigint[])
            UNION SELECT c.id FROM {_COLLECTIONS} c WHERE c.uri = ANY(%(urls)s)
            UNION SELECT c.id FROM {_COLLECTIONS} c WHERE c.url = ANY(%(urls)s) AND c.url <> ''""",
        {"pages": pages, "urls": list(urls)},
    )
    found: dict[str, CollectionView] = {}
    for view in (await collections_by_ids(ids, viewer)).values():
        row = view.collection
        for url in (row.uri, page_url(row, row.owner)):
            if url in urls:
                found[url] = view
    return found


async def people_in(view: CollectionView) -> dict[int, Identity]:
    """Return identity id → identity of the actors in a collection, in one query."""
    ids = [item.identity_id for item in view.items]
    return {one.pk: one async for one in Identity.objects.filter(pk__in=ids)}


async def uris_of_collections(owner_id: int) -> list[str]:
    """Return the URIs of a user's discoverable collections (users_collection_owner)."""
    return await sql.column(
        f"SELECT c.uri FROM {_COLLECTIONS} c WHERE c.owner_id = %s AND c.is_discoverable ORDER BY c.id DESC LIMIT 100",
        [owner_id],
    )


async def approved_item(person: Identity, item_id: int) -> CollectionItem | None:
    """Return an item with its collection, if this actor consented to it."""
    found = CollectionItem.objects.select_related("collection")
    return await found.filter(pk=item_id, identity=person, state=ItemState.accepted).afirst()
