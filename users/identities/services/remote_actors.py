"""Remote actors: look-up, fetching, storing and refreshing. Fetching happens outside of transactions; storing is one."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.db import IntegrityError
from django.db.models.functions import Lower

from core import clock
from core.db import async_atomic, in_transaction
from core.errors import BadInput, Gone, Invalid, NotAllowed, NotFound, Problem, TooMany
from core.http import FetchError
from core.logs import get_logger
from core.texts import without_query
from federation import fetching, peers
from federation.documents import host_of
from federation.policies.domains import reading_domain
from federation.remote_keys import replace_assertion_keys, replace_key
from stator import transition
from users.domains.events import on_domain_creating
from users.domains.models import Domain
from users.domains.queries import domain_by_id, domain_by_name, domain_for_host, is_local_host
from users.emojis.activitypub import copies_of
from users.emojis.services import remote as remote_emojis
from users.identities import events
from users.identities.activitypub.parsing import ActorDocument, is_actor, parse_actor
from users.identities.models import Identity, IdentityGraph
from users.identities.names import split_handle
from users.identities.queries import identities as reads
from users.identities.reading import keep_verified
from users.identities.services.search_names import delete_name, index_name

log = get_logger(__name__)

_PROFILE_PATH = re.compile(r"/@([^/@]+)\Z")

_COPIED = (
    "actor_type",
    "name",
    "summary",
    "fields",
    "emojis",
    "icon_url",
    "icon_description",
    "image_url",
    "image_description",
    "inbox_url",
    "shared_inbox_url",
    "outbox_url",
    "followers_url",
    "following_url",
    "featured_url",
    "featured_tags_url",
    "featured_collections_url",
    "profile_url",
    "public_key_id",
    "public_key",
    "approves_followers",
    "is_discoverable",
    "is_indexable",
    "allows_featuring",
    "attribution_domains",
    "also_known_as",
    "moved_to_uri",
)


@on_domain_creating
async def check_domain_is_unknown(name: str) -> None:
    """Raise BadInput if actors of this host are stored: it can't become a local domain."""
    if await Identity.objects.annotate(h=Lower("host")).filter(h=name, domain=None).aexists():
        raise Invalid("domain", "of_another_server", name=name)


async def store_actor(actor: ActorDocument) -> Identity:
    """Store a new or changed remote identity.

    `actor.handle_host` must be verified by now (resolve_actor does it); if empty, a known identity keeps its host and a new one gets that
    of its id. Raises NotAllowed for blocked hosts and local domains, Gone for a deleted actor, BadInput if the handle is in use by
    another.
    """
    await _check_host(actor)
    try:
        async with async_atomic():
            stored = await _store(actor)
            await remote_emojis.store_emojis(actor.host, actor.emojis)
    except IntegrityError as error:  # a concurrent task, or a previous owner of the handle
        return await _store_again(actor, error)
    return stored


async def _check_host(actor: ActorDocument) -> None:
    if await is_local_host(actor.host) or (actor.handle_host and await domain_by_name(actor.handle_host)):
        raise NotAllowed(code="account_claims_to_be_local", detail=f"{actor.uri} claims a host of ours")
    if await peers.is_blocked(actor.host) or (
        actor.handle_host and await peers.is_blocked(actor.handle_host)
    ):
        raise NotAllowed(code="server_blocked", detail=actor.host)


async def _store(actor: ActorDocument) -> Identity:
    identity = await Identity.objects.select_for_update().filter(uri=actor.uri).afirst()
    values: dict[str, Any] = {name: getattr(actor, name) for name in _COPIED}
    values["emojis"] = copies_of(actor.emojis)
    values["fetched_at"] = clock.now()
    if identity is None:
        identity = await Identity.objects.acreate(
            uri=actor.uri,
            username=actor.username,
            host=actor.handle_host or actor.host,
            created_at=actor.published,
            **values,
        )
        await index_name(identity)
        await replace_assertion_keys(owner=actor.uri, keys=actor.assertion_keys)
        return identity
    if identity.is_local:
        raise NotAllowed(code="account_is_local", detail=actor.uri)
    if identity.deleted_at is not None:
        raise Gone(code="account_deleted")
    values["username"] = actor.username
    values["host"] = actor.handle_host or identity.host
    values["fields"] = keep_verified(actor.fields, identity.fields)
    has_other_fields = values["fields"] != identity.fields
    is_renamed = (identity.username, identity.name) != (actor.username, actor.name)
    for name, value in values.items():
        setattr(identity, name, value)
    await identity.asave(update_fields=list(values))
    await replace_key(owner=actor.uri, key_id=actor.public_key_id, pem=actor.public_key)
    await replace_assertion_keys(owner=actor.uri, keys=actor.assertion_keys)
    if is_renamed:
        await index_name(identity)
    if has_other_fields:
        await events.on_fields_changed.emit(identity)
    return identity


async def _store_again(actor: ActorDocument, error: IntegrityError) -> Identity:
    """Store an actor again after a conflict with another task or over a handle.

    A deleted holder of the handle yields it to the new actor. One that may still exist is refreshed first, and the new actor is stored at
    the next attempt.
    """
    async with async_atomic():
        older = await _holder_of(actor)
        if older is None or older.uri == actor.uri:
            return await _store(actor)
        if older.deleted_at is not None or older.state == IdentityGraph.unreachable:
            # not a valid username, so that nobody finds the old identity by it
            await Identity.objects.filter(pk=older.pk).aupdate(username=f"{older.username[:200]}~{older.pk}")
            await delete_name(older.pk)
            return await _store(actor)
        await transition(older, IdentityGraph.outdated)
    raise BadInput(code="handle_of_another_account", detail=older.uri) from error


async def _holder_of(actor: ActorDocument) -> Identity | None:
    """Return the remote identity that currently has this actor's handle."""
    named = Identity.objects.select_for_update().alias(u=Lower("username"), h=Lower("host"))
    host = actor.handle_host or actor.host
    return await named.filter(u=actor.username.lower(), h=host, domain=None).afirst()


async def resolve_actor(uri: str, *, fresh: bool = False) -> ActorDocument:
    """Fetch an actor and verify its handle. No database writes; raises FetchError kinds, BadInput if it is not an actor."""
    return await _with_proven_host(parse_actor(await fetching.fetch_document(uri, fresh=fresh)))


async def _with_proven_host(actor: ActorDocument) -> ActorDocument:
    """Return the document with the host (and the username's spelling) that WebFinger confirms in both directions.

    If it doesn't, the host stays empty: then the actor's own host counts, which is authoritative for its own names.
    """
    try:
        handle = await fetching.canonical_handle(actor.uri, actor.username, actor.stated_handle)
    except TooMany:
        raise  # its server was not asked
    except Problem as error:
        reason = error.detail or error.sentence
        log.info("actor.handle_not_proven", uri=actor.uri, stated=actor.stated_handle, reason=reason)
        return actor
    username, _, host = handle.rpartition("@")
    return msgspec.structs.replace(actor, handle_host=host, username=username)


async def ensure_actor(uri: str) -> Identity:
    """Return the identity with this id, fetching it if it is unknown. Not inside a transaction.

    Raises Gone, NotFound (an unknown local id), NotAllowed (blocked), BadInput (not an actor), FetchError kinds.
    """
    uri = uri.partition("#")[0]
    known = await reads.by_uri(uri)
    if known is not None:
        if known.deleted_at is not None:
            raise Gone(code="account_deleted")
        return known
    host = host_of(uri)
    if await is_local_host(host):
        raise NotFound
    if await peers.is_blocked(host):
        raise NotAllowed(code="server_blocked", detail=host)
    return await fetch_and_store(uri)


async def fetch_and_store(uri: str, *, fresh: bool = False) -> Identity:
    """Fetch and store an identity; `fresh` bypasses the cache of recent fetches."""
    if in_transaction():
        raise RuntimeError("actors are fetched outside of transactions")
    return await store_actor(await resolve_actor(uri, fresh=fresh))


async def look_up(handle_or_url: str, *, may_fetch: bool = True) -> Identity:
    """Look up the identity with a handle (`@name@host`, `name@host`, `acct:name@host`) or URL (of the actor or its profile page).

    With `may_fetch` an unknown actor is fetched. Raises NotFound if there is none, what ensure_actor raises, and NotAllowed as
    `refuse_out_of_reach`.
    """
    text = handle_or_url.strip()
    await refuse_out_of_reach(text)
    if text.startswith(("https://", "http://")):
        return await _look_up_url(text, may_fetch=may_fetch)
    username, host = split_handle(text)
    if not host:
        raise NotFound
    known = await reads.by_handle(f"{username}@{host}")
    if known is not None and known.deleted_at is None:
        return known
    if known is not None and known.is_local:
        raise Gone(code="account_deleted")
    if not may_fetch or await domain_by_name(host) is not None:
        raise NotFound
    if await peers.is_blocked(host):
        raise NotAllowed(code="server_blocked", detail=host)
    return await ensure_actor(await fetching.webfinger(f"{username}@{host}"))


async def refuse_out_of_reach(handle_or_url: str) -> None:
    """Raise NotAllowed for anything on another server, if the domain that reads doesn't federate."""
    reader = await domain_by_id(reading_domain()) if reading_domain() else None
    if reader is None or not reader.is_local_only:
        return
    is_url = handle_or_url.startswith(("https://", "http://"))
    host = host_of(handle_or_url) if is_url else handle_or_url.lstrip("@").partition("@")[2]
    if host and not await is_local_host(host):
        raise NotAllowed(code="domain_is_local_only", name=reader.name)


async def _own(domain: Domain, url: str) -> Identity:
    """Return the local identity with this actor or profile URL.

    Served by the unique indexes on uri and handle. Raises NotFound.
    """
    known = await Identity.objects.filter(uri=url, deleted_at=None).afirst()
    page = _PROFILE_PATH.match(urlsplit(url).path)
    if known is None and page is not None:
        known = await reads.by_handle(f"{page[1]}@{domain.name}")
    if known is None or known.deleted_at is not None or not known.is_local:
        raise NotFound
    return known


async def _look_up_url(url: str, *, may_fetch: bool) -> Identity:
    domain = await domain_for_host(host_of(url))
    if domain is not None:
        return await _own(domain, without_query(url))
    known = await Identity.objects.filter(uri=url, deleted_at=None).afirst()
    if known is not None:
        return known
    if not may_fetch:
        raise NotFound
    if await peers.is_blocked(host_of(url)):
        raise NotAllowed(code="server_blocked", detail=host_of(url))
    document = await fetching.fetch_document(url, may_be_page=True)
    if not is_actor(document):
        raise NotFound(detail="not an actor")
    return await ensure_actor(parse_actor(document).uri)


async def update_from_document(identity: Identity, actor: ActorDocument) -> Identity:
    """Apply a remote identity's own Update. A new username is ignored here, because it has to be verified first."""
    if actor.uri != identity.uri:
        raise BadInput(code="another_account", detail=f"{actor.uri} is not {identity.uri}")
    renamed = actor.username.lower() != identity.username.lower()
    stored = await store_actor(msgspec.structs.replace(actor, handle_host="", username=identity.username))
    if renamed:
        await transition(stored, IdentityGraph.outdated)
    return stored


async def set_stated_totals(identity_id: int, totals: Mapping[str, int | None]) -> None:
    """Store the totals of followers, following and posts stated by a remote actor's server; None leaves a total as it is."""
    changed = {f"stated_{name}": total for name, total in totals.items() if total is not None}
    if changed:
        await Identity.objects.filter(pk=identity_id, domain=None).aupdate(**changed)


async def delete_gone_actor(uri: str) -> bool:
    """Delete a remote identity that its own server deleted. Return False if it is unknown."""
    async with async_atomic():
        identity = await (
            Identity.objects.select_for_update().filter(uri=uri, domain=None, deleted_at=None).afirst()
        )
        if identity is None:
            return False
        identity.deleted_at = clock.now()
        await identity.asave(update_fields=["deleted_at"])
        await transition(identity, IdentityGraph.deleted)
    log.info("actor.gone", uri=uri)
    return True


async def refresh(identity: Identity) -> Identity | None:
    """Fetch a remote identity again; None if its server says that it is deleted. Raises FetchError, BadInput."""
    try:
        return await fetch_and_store(identity.uri, fresh=True)
    except FetchError as error:
        if error.kind == "gone":
            await delete_gone_actor(identity.uri)
            return None
        raise
