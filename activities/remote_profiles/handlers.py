"""Fetching of remote profiles by the worker: totals, then pinned posts, featured hashtags and collections, then the outbox, one page per turn."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any

from activities.publishing.services.pins import MAX_PINS, set_remote_pins
from activities.remote_profiles.activitypub import hashtags_in, milliseconds_in_order, read_page
from activities.remote_profiles.models import LookGraph, ProfileLook
from activities.remote_profiles.services.items import Fetches, TurnEnded, store_item, take_group_pin
from activities.tags.services.following import set_featured_tags
from core import clock
from core.db import sql
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.documents import as_id, same_host, total_of
from federation.fetching import PeerBlocked, fetch_document, slots
from federation.fetching.retries import retry_of
from stator import Outcome, every, failed, later, to
from users.collections.activitypub import CollectionDocument, parse_collection
from users.collections.services import REMOTE_COLLECTIONS, set_remote_collections
from users.identities.models import REFRESH_AFTER, ActorType, Identity, Restriction
from users.identities.services import remote_actors
from users.relations.queries.predicates import FOLLOWS
from users.relations.queries.relationships import has_local_followers

log = get_logger(__name__)

MAX_POSTS = 40
MAX_PAGES = 8
MAX_FETCHES = 60  # of single documents, per look
_FETCHES_A_TURN = 10
_TURN_S = 40.0  # the leases are longer
_READ_AGAIN_AFTER = timedelta(days=1)
_REFRESH_UNFOLLOWED_AFTER = timedelta(minutes=50)  # on each visit: their server does not send us updates
_NEXT = later("the outbox is to be read", timedelta(), is_attempt=False)
_MORE = later("more is to be read", timedelta(seconds=0.5), is_attempt=False)


async def _asked(work: Awaitable[Outcome]) -> Outcome:
    """Return the outcome of a turn, or of the error that ended it."""
    slots.is_bounded.set(True)
    try:
        async with asyncio.timeout(_TURN_S):
            return await work
    except FetchError as error:
        return retry_of(error) or failed(error.reason)
    except TimeoutError:
        return later(f"timeout: over {_TURN_S:.0f} s")


async def _person(look: ProfileLook) -> Identity | None:
    """Return the identity, None if it is no longer fetched."""
    found = await Identity.objects.filter(pk=look.pk, deleted_at=None, domain=None).afirst()
    return None if found is None or found.restriction == Restriction.suspended else found


@LookGraph.counting.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def refresh_totals(look: ProfileLook) -> Outcome:
    """Fetch the totals that a profile shows; first its document, if that is outdated."""
    person = await _person(look)
    return to(LookGraph.known) if person is None else await _asked(_count(look, person))


async def _count(look: ProfileLook, person: Identity) -> Outcome:
    is_followed = await has_local_followers(person)
    outdated_after = REFRESH_AFTER if is_followed else _REFRESH_UNFOLLOWED_AFTER
    if person.fetched_at is None or person.fetched_at < clock.now() - outdated_after:
        try:
            fresh = await remote_actors.refresh(person)
        except FetchError:
            raise
        except Problem as problem:  # continue with what is stored
            look.problems["profile"] = problem.detail or problem.sentence
        else:
            if fresh is None:
                return to(LookGraph.known)
            person = fresh
    totals: dict[str, int | None] = {}
    for name, address in (
        ("followers", person.followers_url),
        ("following", person.following_url),
        ("posts", person.outbox_url),
    ):
        document = await _shown(look, name, address)
        totals[name] = total_of(document)

    async def keep() -> None:
        await remote_actors.set_stated_totals(person.pk, totals)
        await ProfileLook.objects.filter(pk=look.pk).aupdate(problems=look.problems)

    # followed actors' posts are delivered
    has_more = not is_followed and totals["posts"] not in (None, person.stated_posts)
    is_due = look.read_at is None or has_more or look.read_at < clock.now() - _READ_AGAIN_AFTER
    return to(LookGraph.reading if is_due else LookGraph.known, effect=keep)


async def _shown(look: ProfileLook, name: str, address: str) -> dict[str, Any] | None:
    """Return one of the actor's collections, None if its server refuses it; the reason is stored. Raises temporary errors."""
    if not address:
        return None
    try:
        return await fetch_document(address)
    except FetchError as error:
        if error.is_temporary or error.is_ours or isinstance(error, PeerBlocked):
            raise
        look.problems[name] = error.reason
        return None


@LookGraph.reading.each(lease=timedelta(seconds=60), concurrency=10, fair_by="host")
async def read_next_page(look: ProfileLook) -> Outcome:
    """Fetch the pinned posts and featured hashtags, or the next page of the outbox."""
    person = await _person(look)
    if person is None:
        return to(LookGraph.known)
    return await _asked(_read_outbox(look, person) if look.next_page else _read_featured(look, person))


async def _read_featured(look: ProfileLook, person: Identity) -> Outcome:
    items = await _items(look, "pinned", person.featured_url)
    if items is not None:
        fetches = Fetches(before=0, most=2 * MAX_PINS, in_a_turn=2 * MAX_PINS)
        store = take_group_pin if person.actor_type == ActorType.group else store_item
        pinned: list[int] = []
        for item in items:
            if len(pinned) >= MAX_PINS:
                break
            post = await store(person, item, fetches)
            if post is not None and post.boost_of_id is None and post.pk not in pinned:
                pinned.append(post.pk)
        await set_remote_pins(author_id=person.pk, post_ids=pinned)
    tags = await _items(look, "hashtags", person.featured_tags_url)
    if tags is not None:
        await set_featured_tags(identity_id=person.pk, names=hashtags_in(tags))
    await _read_collections(look, person)
    look.next_page = person.outbox_url
    outcome = await _go_on(look)
    return _NEXT if outcome is _MORE else outcome


async def _read_collections(look: ProfileLook, person: Identity) -> None:
    """Store the collections that the actor features, embedded or by id, from the first pages."""
    address, said = person.featured_collections_url, list[CollectionDocument]()
    named: dict[str, None] = {}
    for _ in range(MAX_PAGES if address else 0):
        document = await _shown(look, "collections", address)
        if document is None:
            return
        page = read_page(document, address)
        for item in page.items:
            uri = as_id(item)
            if same_host(uri, person.uri) and uri not in named and len(named) < REMOTE_COLLECTIONS:
                named[uri] = None
                found = item if isinstance(item, Mapping) else await _shown(look, "collections", uri)
                one = parse_collection(found) if found is not None else None
                if one is not None and (one.uri, one.owner_uri) == (uri, person.uri):
                    said.append(one)
        address = page.next_page
        if not address or len(named) >= REMOTE_COLLECTIONS:
            break
    await set_remote_collections(person, said, set(named))


async def _items(look: ProfileLook, name: str, address: str) -> list[Any] | None:
    """Return the items of a small collection, from its first page if that is separate; None if it is refused."""
    document = await _shown(look, name, address)
    if document is None:
        return None
    page = read_page(document, address)
    if page.items or not page.next_page:
        return page.items
    first = await _shown(look, name, page.next_page)
    return None if first is None else read_page(first, page.next_page).items


async def _read_outbox(look: ProfileLook, person: Identity) -> Outcome:
    """Store the public posts of one page. If the newest page ends with known ones, a repeated look ends."""
    document = await _shown(look, "outbox", look.next_page)
    if document is None:
        look.next_page = ""
        return await _go_on(look)
    page = read_page(document, look.next_page)
    if look.pages == 0 and page.next_page and not page.items:  # the collection itself
        look.next_page, look.pages = page.next_page, 1
        return await _read_outbox(look, person)
    fetches = Fetches(before=look.fetches, most=MAX_FETCHES, in_a_turn=_FETCHES_A_TURN)
    started = clock.now()
    brought = 0
    try:
        waits = milliseconds_in_order(page.items)
        for item, wait in [*zip(page.items, waits, strict=True)][look.place :]:
            if look.posts >= MAX_POSTS:
                break
            post = await store_item(person, item, fetches, later_by=wait)
            look.place += 1
            look.posts += post is not None
            brought += post is not None and post.fetched_at is not None and post.fetched_at >= started
    except TurnEnded:
        look.fetches = fetches.count
        return await _go_on(look)
    except (FetchError, TimeoutError):
        look.fetches = fetches.count
        await _keep(look)
        raise
    look.fetches, look.place = fetches.count, 0
    look.pages += 1
    is_known_from_here = look.read_at is not None and bool(page.items) and not brought
    is_over = look.posts >= MAX_POSTS or look.pages >= MAX_PAGES or is_known_from_here
    look.next_page = "" if is_over else page.next_page
    return await _go_on(look)


async def _go_on(look: ProfileLook) -> Outcome:
    """Store the progress, and end the look if there is no next page."""
    if not look.next_page:
        look.read_at = clock.now()
    await _keep(look)
    return _MORE if look.next_page else to(LookGraph.known)


async def _keep(look: ProfileLook) -> None:
    names = ("read_at", "next_page", "place", "pages", "posts", "fetches", "problems")
    await ProfileLook.objects.filter(pk=look.pk).aupdate(**{name: getattr(look, name) for name in names})


@every(timedelta(days=1), name="remove_forgotten_featured_tags")
async def remove_forgotten_featured_tags() -> int:
    """Delete featured hashtags of remote actors whose profile was not viewed for a month and who have no local followers.

    Served by users_identity_pkey, activities_profilelook_pkey and users_follow_target.
    """
    return await sql.run(
        f"""DELETE FROM activities_featuredtag WHERE id IN (
               SELECT t.id FROM activities_featuredtag t JOIN users_identity i ON i.id = t.identity_id
               WHERE i.domain_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM activities_profilelook k WHERE k.identity_id = i.id OFFSET 0)
               AND NOT EXISTS (SELECT 1 FROM {FOLLOWS} f WHERE f.target_id = i.id OFFSET 0)
               LIMIT 10000 FOR UPDATE OF t SKIP LOCKED)"""
    )
