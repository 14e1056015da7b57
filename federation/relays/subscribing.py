"""Subscribing to relays by address, changing what they may send, and ending the subscription."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError
from django.db.models import Q

from core.config import config
from core.db import async_atomic, release_connection
from core.errors import BadInput, NotAllowed, NotFound
from core.http import BadUrl, parse_url
from core.texts import clean_tag, normal_tag
from federation import sending
from federation.addresses import origin_of
from federation.documents import as_id, host_of, same_host
from federation.fetching import fetch_document
from federation.models import Dialect, Relay
from federation.peers import is_blocked
from federation.registry import SYSTEM_ACTOR, registered
from federation.relays import events
from federation.relays.documents import follow_document, undo_document
from federation.relays.queries import forget_relays
from federation.signing import system_actor_uri

MAX_RELAYS = 50
POSTS_PER_MINUTE = 60
MAX_PER_MINUTE = 10_000
MAX_HASHTAGS = 100


async def add_relay(
    *, address: str, most_per_minute: int = POSTS_PER_MINUTE, hashtags: Collection[str] = ()
) -> Relay:
    """Subscribe to the relay at an address: an inbox (Mastodon's dialect), an actor (LitePub's), or a host, whose actor is at /actor.

    The Follow is queued with the row. Raises BadInput, NotAllowed (blocked), and FetchError kinds if an actor can't be fetched.
    """
    url, actor = _read_address(address), await system_actor_uri()
    host = host_of(url)
    own_hosts = registered("own hosts")
    if own_hosts is not None and host in own_hosts():
        raise BadInput(code="relay_is_this_server")
    if await is_blocked(host):
        raise NotAllowed(code="server_blocked", detail=host)
    if urlsplit(url).path.rstrip("/").endswith("/inbox"):
        relay = Relay(address=url, dialect=Dialect.inbox, inbox_url=url)
    else:
        await release_connection()
        relay = _read_actor(url, await fetch_document(url))
    relay.most_per_minute = _checked_cap(most_per_minute)
    relay.hashtags = read_hashtags(hashtags)
    relay.follow_uri = f"{actor}#relays/{secrets.token_hex(16)}"
    if await Relay.objects.acount() >= MAX_RELAYS:
        raise BadInput(code="too_many_relays", most=MAX_RELAYS)
    try:
        async with async_atomic():
            await relay.asave(force_insert=True)
            await sending.send(
                signer=SYSTEM_ACTOR, activity=follow_document(relay, actor), inboxes=[relay.inbox_url]
            )
            await events.on_relay_added.emit(relay)
    except IntegrityError as error:
        raise BadInput(code="relay_is_known") from error
    return relay


async def change_relay(*, relay_id: int, most_per_minute: int, hashtags: Collection[str]) -> Relay:
    """Set the cap and the hashtags of a relay. Raises NotFound, BadInput."""
    relay = await _found(Q(pk=relay_id))
    relay.most_per_minute, relay.hashtags = _checked_cap(most_per_minute), read_hashtags(hashtags)
    async with async_atomic():
        await relay.asave(update_fields=["most_per_minute", "hashtags"])
        await events.on_relay_changed.emit(relay)
    await forget_relays()
    return relay


async def remove_relay(*, relay_id: int) -> Relay:
    """Undo the Follow and delete the relay; its posts are kept. Raises NotFound."""
    async with async_atomic():
        relay = await _found(Q(pk=relay_id))
        actor = relay.follow_uri.partition("#")[0]
        await sending.send(
            signer=SYSTEM_ACTOR, activity=undo_document(relay, actor), inboxes=[relay.inbox_url]
        )
        await Relay.objects.filter(pk=relay.pk).adelete()
        await events.on_relay_removed.emit(relay)
    await forget_relays()
    return relay


async def relay_at(address: str) -> Relay:
    """Return the relay that was added with this address, or has this inbox or actor. Raises NotFound, BadInput."""
    url = _read_address(address)
    return await _found(Q(address=url) | Q(inbox_url=url) | Q(actor_uri=url))


async def _found(condition: Q) -> Relay:
    relay = await Relay.objects.filter(condition).afirst()
    if relay is None:
        raise NotFound
    return relay


def read_hashtags(names: Collection[str]) -> list[str]:
    """Return hashtags in their normal form, without duplicates. Raises BadInput for an invalid one, and for too many."""
    read = dict.fromkeys(normal_tag(clean_tag(name)) for name in names if name.strip())
    if "" in read:
        raise BadInput(code="no_hashtag")
    if len(read) > MAX_HASHTAGS:
        raise BadInput(code="too_many_relay_hashtags", most=MAX_HASHTAGS)
    return list(read)


def _checked_cap(most_per_minute: int) -> int:
    if not 1 <= most_per_minute <= MAX_PER_MINUTE:
        raise BadInput(code="relay_cap_out_of_range", most=MAX_PER_MINUTE)
    return most_per_minute


def _read_address(address: str) -> str:
    given = address.strip()
    if given and "/" not in given:
        given = f"{origin_of(given)}/actor"
    try:
        return parse_url(given, allow_http=config().allow_http).text
    except BadUrl as error:
        raise BadInput(code="no_relay_address") from error


def _read_actor(address: str, document: Mapping[str, Any]) -> Relay:
    """Return the relay of an actor document. Raises BadInput if it has no inbox on its own host."""
    uri, inbox = as_id(document.get("id")), as_id(document.get("inbox"))
    if not inbox or not same_host(uri, inbox):
        raise BadInput(code="no_relay_at_address")
    return Relay(address=address, dialect=Dialect.actor, actor_uri=uri, inbox_url=inbox)
