"""Receiving a message: the checks before it is stored, cheapest first, and limits for messages that are not verified yet.

Answered with 202 once it is committed. Refused with a Problem whose detail says why, for the log and for federation/inbox/refusals.py: a message that
is refused leaves no row here.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from core import clock
from core.config import config
from core.db import sql
from core.db.statements import Statement
from core.errors import BadInput, NotAllowed, TooMany, Unauthenticated
from core.hosts.networks import SITE, SITE_FACTOR, network_of
from core.http import BadUrl, parse_url
from core.http.json import decode
from core.ids import new_id
from federation import metrics, registry
from federation.claims import signature_matches, to_stored
from federation.followers_sync import first_in_hour, read_digest
from federation.inbox.fairness import due_in_s
from federation.inbox.incoming import alone, id_of, type_of
from federation.inbox.waking import DUE_IN_S, wake_soon
from federation.models import InboxGraph
from federation.peers import host_of, is_blocked
from federation.proofs import proof_claim
from federation.remote_keys import KnownKey, known_key
from federation.signatures import SignatureClaim, SignatureError

_LONGEST_URI = 2048
_FORWARDED = frozenset(("Create", "Update", "Delete"))
_STORE = Statement(
    "inbox.store", "A message with a good signature.", "federation_inboxmessage_unique_key_key"
)
_UNVERIFIED = Statement(
    "inbox.count_unverified",
    "How many messages wait for their keys, in all and of one network.",
    "federation_inbox_unverified",
)
# Anybody may claim to be anybody's server, so what is claimed counts only together with the network it came from.
_MOST_UNVERIFIED_OF_HOST = 300
_MOST_UNVERIFIED_OF_NETWORK = 1000
_MOST_UNVERIFIED = 10_000
_MOST_UNVERIFIED_BYTES = 100_000_000
_MOST_UNVERIFIED_BYTES_OF_NETWORK = 10_000_000
_PART_OF_FREE = 2  # a network may hold at most half of what is free, so that those who flood always leave room for one that does not
# What has an end may begin again, and many servers name it alike each time (a follow by its two people, an Accept by the follower, an Update
# by its actor). Whether such an activity is a repeat only its effect can say, so the handlers judge; none of them minds being called twice.
_MAY_BE_SAID_AGAIN = frozenset(
    [
        "Accept",
        "Add",
        "Announce",
        "Block",
        "Delete",
        "Dislike",
        "EmojiReact",
        "Follow",
        "Ignore",
        "Invite",
        "Join",
        "Leave",
        "Like",
        "Lock",
        "Move",
        "QuoteRequest",
        "Reject",
        "Remove",
        "TentativeAccept",
        "TentativeReject",
        "Undo",
        "Update",
    ]
)


class Arrival(msgspec.Struct, frozen=True):
    """A document as it was posted. `inbox`: "host/username" of a personal inbox, empty for the shared one."""

    claim: SignatureClaim
    body: bytes
    inbox: str
    address: str
    is_forwarded: bool = False
    followers: str = ""  # the header of followers synchronisation


class Envelope(msgspec.Struct, frozen=True):
    """The parts of a document that the queue needs; ids and hosts are checked, nothing else is."""

    activity_id: str
    activity_type: str
    actor: str
    host: str
    is_self_delete: bool  # an actor that deletes itself
    unique_key: bytes | None


async def receive(arrival: Arrival) -> str:
    """Store a message, or not if it concerns nobody. Return what happened in one word (received, unverified, duplicate, unknown_actor).

    Raises Unauthenticated for a signature that is wrong or not the actor's, NotAllowed for a blocked host, MalformedJson and BadInput
    for a document that can't be used, TooMany when too much waits unverified.
    """
    claim = arrival.claim
    host = host_of(claim.key_id)
    if await is_blocked(host):
        raise NotAllowed(code="your_server_blocked", detail=f"blocked host {host}")
    envelope = read_envelope(arrival.body)
    if envelope.activity_type in registry.OWN_KINDS:
        raise _unusable("only this server makes such activities")
    if envelope.host != host:
        return await _receive_forwarded(arrival, envelope, await known_key(claim.key_id))
    key = await known_key(claim.key_id)
    if key is None:
        if envelope.is_self_delete and not await _knows(envelope.actor):
            return "unknown_actor"
        return await _store_unverified(arrival, envelope)
    if not signature_matches(key.pem, claim):
        if key.may_be_outdated:
            return await _store_unverified(arrival, envelope)
        raise Unauthenticated(
            code="wrong_signature", detail=f"{claim.key_id[:200]} ({claim.scheme}, {claim.algorithm})"
        )
    if key.owner != envelope.actor:
        return await _receive_forwarded(arrival, envelope, key)
    if arrival.followers:
        await _store_digest(arrival, envelope)
    return await _store_verified(arrival, envelope)


async def _store_digest(arrival: Arrival, envelope: Envelope) -> None:
    """Store for the worker what the actor's server says of their followers here (FEP-8fcf): once an hour, by the id of it."""
    said = read_digest(arrival.followers, envelope.actor)
    if said is None or not first_in_hour(envelope.actor):
        return
    body = msgspec.json.encode(
        {
            "id": f"{envelope.actor}#followers/{clock.now():%Y-%m-%dT%H}",
            "type": registry.FOLLOWERS,
            "actor": envelope.actor,
            "object": said.url,
            "collection": said.collection_id,
            "digest": said.digest,
        }
    )
    await _store_verified(msgspec.structs.replace(arrival, body=body, inbox=""), read_envelope(body))


async def _receive_forwarded(arrival: Arrival, envelope: Envelope, key: KnownKey | None) -> str:
    """Store what somebody posted who is not its actor (ActivityPub 7.1.2): with a proof by its actor it is believed.

    Without one it is only a hint by a known peer that there is something to fetch. Of what can be undone or is about people nothing is
    taken this way: an old one could be posted again by anybody who has it. `key`: that of whoever signed the request, if it is known.
    What we sent ourselves is nothing new, and says how things were then.
    """
    own_hosts = registry.registered("own hosts")
    if own_hosts is not None and envelope.host in own_hosts():
        return "duplicate"
    document = decode(arrival.body)
    about = id_of(document.get("object"))
    claim = None
    if envelope.activity_type in _FORWARDED and about and about != envelope.actor:
        if await is_blocked(envelope.host):
            raise NotAllowed(code="your_server_blocked", detail=f"blocked host {envelope.host}")
        try:
            claim = proof_claim(document, envelope.actor)
        except SignatureError as problem:
            if problem.reason != "stale":  # then it is as good as none: its origin is asked
                raise
        if claim is None and key is not None and signature_matches(key.pem, arrival.claim):
            return await _store_hint(arrival, envelope, key, document)
    if claim is None:
        raise Unauthenticated(
            code="signature_of_another", detail=f"{arrival.claim.key_id[:200]} for {envelope.actor[:200]}"
        )
    proven = msgspec.structs.replace(arrival, claim=claim, is_forwarded=True)
    known = await known_key(claim.key_id, for_proofs=True)
    if known is None or (known.may_be_outdated and not signature_matches(known.pem, claim)):
        return await _store_unverified(proven, envelope)
    if not signature_matches(known.pem, claim):
        raise Unauthenticated(code="wrong_signature", detail=f"{claim.key_id[:200]} (proof)")
    check_owner(known, envelope.actor)
    return await _store_verified(proven, envelope)


async def _store_hint(
    arrival: Arrival, envelope: Envelope, key: KnownKey, document: Mapping[str, Any]
) -> str:
    """Store that a peer knows of an activity that it can't prove. Handlers ask the origin for its object."""
    about = document["object"]
    parent = alone(about).get("inReplyTo") if isinstance(alone(about), Mapping) else None
    hint = {
        "id": f"{key.owner}#forwarded/{hashlib.sha256(envelope.activity_id.encode()).hexdigest()[:32]}",
        "type": registry.HINT,
        "actor": key.owner,
        "object": id_of(about),
        "inReplyTo": id_of(parent),
        "activity": envelope.activity_type,
    }
    body = msgspec.json.encode(hint)
    return await _store_verified(msgspec.structs.replace(arrival, body=body), read_envelope(body))


def read_envelope(body: bytes) -> Envelope:
    """Raise MalformedJson or BadInput (400) when this is no activity that could be handled."""
    document = decode(body)
    if not isinstance(document, dict):
        raise _unusable("it is not an object")
    actor = _uri(document, "actor")
    host = host_of(actor)
    activity_id = document.get("id")
    if activity_id is None or activity_id == "":
        # some servers send short-lived activities without an id: their text stands in for it
        activity_id = f"{actor}#{hashlib.sha256(body).hexdigest()[:32]}"
    elif not _is_plainly_under(activity_id, actor) and host_of(_uri(document, "id")) != host:
        raise _unusable("its id is on another host than its actor")
    activity_type = type_of(document)
    if not activity_type or len(activity_type) > 100:
        raise _unusable("it has no type")
    is_self_delete = activity_type == "Delete" and id_of(document.get("object")) == actor
    key = unique_key(actor, activity_id, activity_type, document.get("object"))
    return Envelope(activity_id, activity_type, actor, host, is_self_delete, key)


def check_owner(key: KnownKey, actor: str) -> None:
    """Raise Unauthenticated unless the actor owns the key."""
    if key.owner != actor:
        raise Unauthenticated(
            code="signature_of_another",
            detail=f"{key.owner[:200]} for {actor[:200]}",
        )


def unique_key(actor: str, activity_id: str, activity_type: str, about: object) -> bytes | None:
    """Return what two arrivals of one activity have in common, in 16 bytes; None for types that may be said again with the same id.

    The id alone is not enough: BookWyrm's Delete has the id of its Create.
    """
    if activity_type in _MAY_BE_SAID_AGAIN:
        return None
    object_ = msgspec.json.encode(about, order="deterministic")
    text = f"{actor}\n{activity_id}\n{activity_type}\n".encode()
    return hashlib.sha256(text + object_).digest()[:16]


async def release_key(key: bytes | None) -> bool:
    """Free the key of a message that ended without effect, so that it may come again. False when no such message has it."""
    if key is None:
        return False
    return bool(
        await sql.run(
            "UPDATE federation_inboxmessage SET unique_key = NULL WHERE unique_key = %s AND state IN ('skipped', 'failed')",
            [key],
        )
    )


async def _knows(actor: str) -> bool:
    knows = registry.registered("knows actor")
    return True if knows is None else await knows(actor)


async def _store_verified(arrival: Arrival, envelope: Envelope) -> str:
    stored = await _insert_verified(arrival, envelope)
    if not stored and await release_key(envelope.unique_key):
        stored = await _insert_verified(arrival, envelope)
    if not stored:
        return "duplicate"
    wake_soon()
    return "received"


async def _insert_verified(arrival: Arrival, envelope: Envelope) -> bool:
    query = _STORE(
        """
        INSERT INTO federation_inboxmessage
            (id, state, state_due_at, unique_key, activity_id, activity_type, actor, host, key_id, inbox, size, body, said_at, is_forwarded)
        VALUES (%(id)s, %(state)s, now() + %(due_in_s)s * interval '1 second', %(unique_key)s, %(activity_id)s, %(activity_type)s, %(actor)s,
                %(host)s, %(key_id)s, %(inbox)s, %(size)s, %(body)s, %(said_at)s, %(is_forwarded)s)
        ON CONFLICT (unique_key) DO NOTHING
        """,
        _columns(arrival, envelope),
        state=InboxGraph.received.name,
        due_in_s=DUE_IN_S + due_in_s(envelope.host),
        unique_key=envelope.unique_key,
    )
    return bool(await sql.run(query))


def _columns(arrival: Arrival, envelope: Envelope) -> dict[str, Any]:
    """Return what is stored of every message, by column."""
    return {
        "id": new_id(),
        "activity_id": envelope.activity_id,
        "activity_type": envelope.activity_type,
        "actor": envelope.actor,
        "host": envelope.host,
        "key_id": arrival.claim.key_id,
        "inbox": arrival.inbox,
        "size": len(arrival.body),
        "body": arrival.body,
        "said_at": arrival.claim.created,
        "is_forwarded": arrival.is_forwarded,
    }


async def _store_unverified(arrival: Arrival, envelope: Envelope) -> str:
    """Store for the worker to fetch the key, within limits: nobody can fill the disk with what nobody signed."""
    network, site = network_of(arrival.address), network_of(arrival.address, SITE)
    query = _UNVERIFIED(
        """
        SELECT count(*), coalesce(sum(size), 0), count(*) FILTER (WHERE is_of_network AND host = %(host)s),
               count(*) FILTER (WHERE is_of_network), coalesce(sum(size) FILTER (WHERE is_of_network), 0),
               count(*) FILTER (WHERE is_of_site), coalesce(sum(size) FILTER (WHERE is_of_site), 0)
        FROM (
            SELECT host, size, address = %(network)s AS is_of_network,
                   CASE WHEN address LIKE '%%/64' THEN address::inet <<= %(site)s::inet END AS is_of_site
            FROM federation_inboxmessage WHERE state = 'unverified'
        ) waiting
        """,
        host=envelope.host,
        network=network,
        site=site if site != network else None,
    )
    waiting = await sql.one(query)
    assert waiting is not None
    mine = len(arrival.body)
    total, size, of_host, of_network, size_of_network, of_site, size_of_site = waiting
    most = min(_MOST_UNVERIFIED_OF_NETWORK, (_MOST_UNVERIFIED - total) // _PART_OF_FREE)
    most_bytes = min(_MOST_UNVERIFIED_BYTES_OF_NETWORK, (_MOST_UNVERIFIED_BYTES - size) // _PART_OF_FREE)
    if (
        of_host >= _MOST_UNVERIFIED_OF_HOST
        or of_network >= most
        or size_of_network + mine > most_bytes
        or of_site >= most * SITE_FACTOR
        or size_of_site + mine > most_bytes * SITE_FACTOR
    ):
        raise TooMany(
            code="too_many_unverified",
            detail=f"network {network}: {of_network} messages, {size_of_network} bytes, {of_host} for {envelope.host}; all: {total}",
            retry_after_s=300,
        )
    await sql.run(
        """
        INSERT INTO federation_inboxmessage
            (id, state, activity_id, activity_type, actor, host, key_id, address, inbox, size, body, signature, said_at, is_forwarded)
        VALUES (%(id)s, %(state)s, %(activity_id)s, %(activity_type)s, %(actor)s, %(host)s, %(key_id)s, %(address)s, %(inbox)s, %(size)s,
                %(body)s, %(signature)s, %(said_at)s, %(is_forwarded)s)
        """,
        _columns(arrival, envelope)
        | {
            "state": InboxGraph.unverified.name,
            "address": network,
            "signature": msgspec.json.encode(to_stored(arrival.claim)).decode(),
        },
    )
    return "unverified"


def _is_plainly_under(activity_id: object, actor: str) -> bool:
    """Return whether the id starts with the actor's own origin, letter for letter.

    This is the usual case, told without parsing (30 µs less).
    """
    origin = actor[: actor.find("/", 8) + 1]
    return (
        isinstance(activity_id, str)
        and len(origin) > 8
        and activity_id.startswith(origin)
        and len(activity_id) <= _LONGEST_URI
        and activity_id.isprintable()
        and " " not in activity_id
    )


def _uri(document: Mapping[str, Any], name: str) -> str:
    """Return the URI in a property, which may also be an embedded object with an id."""
    uri = id_of(document.get(name))
    if not uri or len(uri) > _LONGEST_URI:
        raise _unusable(f"its {name} is not a URI")
    try:
        parse_url(uri, allow_http=config().allow_http)
    except BadUrl as error:
        raise _unusable(f"its {name} is not a URI that we use") from error
    return uri


def _unusable(why: str) -> BadInput:
    metrics.count("inbox", "unusable")
    return BadInput(code="unusable_activity", why=why, detail=why, status=400)
