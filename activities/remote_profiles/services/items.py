"""Storing items of a remote actor's outbox or pinned posts: no notifications, no home timelines. Not inside a transaction."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

from activities.posts.activitypub.post_document import PostDocument
from activities.posts.models import Post, Visibility
from activities.posts.queries.groups import is_in_group
from activities.publishing.activitypub import announce_visibility, parse_post
from activities.publishing.services.fetching import ensure_post, post_at
from activities.publishing.services.receiving import receive_edit, receive_post
from activities.publishing.services.receiving_reactions import receive_boost
from activities.remote_profiles.activitypub import Entry, entry_of
from core.errors import Problem
from core.http import FetchError
from core.logs import get_logger
from federation.documents import as_id, parse_datetime, same_host
from federation.fetching import fetch_document
from users.identities.models import Identity
from users.relations.services.revoked_activities import was_deleted

log = get_logger(__name__)

_WEIGHT_OF_BOOSTED = 5  # requests to servers other than the actor's cost more
_MAX_NAMES = 2  # activitypub-bot embeds neither its activities nor their posts


class TurnEnded(Exception):
    """Raised when the fetches of this turn are used up. The next turn continues with the same item."""


class Fetches:
    """Count documents fetched one by one for a look, with a limit per turn and one in total."""

    def __init__(self, *, before: int, most: int, in_a_turn: int) -> None:
        self.count = before
        self._most = most
        self._stop = before + in_a_turn

    def may_one_more(self, *, weight: int = 1) -> bool:
        """Count a fetch. Return False if the look has used all its fetches. Raises TurnEnded if only this turn has."""
        if self.count >= self._most:
            return False
        if self.count >= self._stop:
            raise TurnEnded
        self.count += weight
        return True


async def store_item(
    owner: Identity, item: object, fetches: Fetches, *, later_by: timedelta = timedelta()
) -> Post | None:
    """Return the owner's public post or boost that a collection item refers to, storing it first if it is unknown.

    `later_by` is added to its time, which most servers write to the second. None for anything else. Raises TurnEnded, and FetchError if
    the owner's own host temporarily fails.
    """
    entry = entry_of(item, owner.uri)
    if isinstance(entry, str):
        _log_skipped(owner, entry)
        return None
    return await _or_skip(owner, _take(owner, entry, fetches, later_by))


async def take_group_pin(group: Identity, item: object, fetches: Fetches) -> Post | None:
    """Return the public post of a member in a group's `featured`, fetching it from its own server if it is unknown.

    None for anything else. Raises as store_item does.
    """
    return await _or_skip(group, _take_group_pin(group, as_id(item), fetches))


async def _or_skip(owner: Identity, taking: Awaitable[Post | None]) -> Post | None:
    try:
        return await taking
    except FetchError as error:
        if error.is_ours or error.is_temporary:
            raise
        _log_skipped(owner, error.reason)
    except Problem as problem:
        _log_skipped(owner, problem.detail or problem.sentence)
    return None


def _log_skipped(owner: Identity, reason: str) -> None:
    log.info("remote_profile.item_skipped", actor=owner.uri, reason=reason)


async def _take_group_pin(group: Identity, uri: str, fetches: Fetches) -> Post | None:
    post = await post_at(uri) if uri else None
    if post is None and uri and fetches.may_one_more():
        post = await _fetch_original(group, uri)
    is_shown = post is not None and post.deleted_at is None and post.visibility <= Visibility.unlisted
    return post if post is not None and is_shown and await is_in_group(post.pk, group.pk) else None


async def _take(
    owner: Identity, entry: Entry, fetches: Fetches, later_by: timedelta, *, names: int = _MAX_NAMES
) -> Post | None:
    known = await Post.objects.filter(uri=entry.uri).afirst()
    if known is not None:
        if not _is_shown(known, owner):
            return None
        if entry.note is not None and known.boost_of_id is None:  # a missed edit, and its current totals
            await receive_edit(author=owner, document=_parsed(owner, entry, timedelta()))
        return known
    if await was_deleted(entry.uri):
        return None
    if entry.note is None and not entry.boosted:
        if not names or not fetches.may_one_more():
            return None
        fetched = entry_of(await fetch_document(entry.uri), owner.uri)
        if isinstance(fetched, str):
            return None
        return await _take(owner, fetched, fetches, later_by, names=names - 1)
    if entry.boosted:
        return await _take_boost(owner, entry, fetches, later_by)
    document = _parsed(owner, entry, later_by)
    if document.visibility > Visibility.unlisted:
        return None
    post = await receive_post(author=owner, document=document, delivered=False, with_ancestors=False)
    return post if post is not None and _is_shown(post, owner) else None


def _parsed(owner: Identity, entry: Entry, later_by: timedelta) -> PostDocument:
    assert entry.note is not None
    document = parse_post(
        entry.note,
        author_followers_url=owner.followers_url,
        author_following_url=owner.following_url,
        audience_of=entry.activity,
    )
    return replace(document, published=document.published + later_by)


async def _take_boost(owner: Identity, entry: Entry, fetches: Fetches, later_by: timedelta) -> Post | None:
    """Store a boost of a post that is stored, or that may still be fetched."""
    visibility = announce_visibility(entry.activity, owner.followers_url)
    published = parse_datetime(entry.activity.get("published"))
    if visibility > Visibility.unlisted or published is None:
        return None
    original = await post_at(entry.boosted)
    if original is None:
        if not fetches.may_one_more(weight=_WEIGHT_OF_BOOSTED):
            return None
        original = await _fetch_original(owner, entry.boosted)
    if original is None or original.boost_of_id is not None:
        return None
    return await receive_boost(
        author=owner,
        uri=entry.uri,
        original=original,
        visibility=visibility,
        published=published + later_by,
        said_at=published,
        delivered=False,
    )


async def _fetch_original(owner: Identity, uri: str) -> Post | None:
    """Return the boosted post; None if a host other than the owner's fails: the boost is left out."""
    try:
        return await ensure_post(uri, with_ancestors=False)
    except FetchError as error:
        if same_host(uri, owner.uri) or error.is_ours:
            raise
        log.info("remote_profile.boost_skipped", actor=owner.uri, kind=error.kind, detail=error.detail)
        return None


def _is_shown(post: Post, owner: Identity) -> bool:
    return post.author_id == owner.pk and post.deleted_at is None and post.visibility <= Visibility.unlisted
