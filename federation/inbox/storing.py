"""Storing messages: verified ones once, and those whose key is not known yet within limits."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.db import sql
from core.db.gathering import Gathering
from core.db.statements import Statement
from core.errors import TooMany
from core.hosts.networks import SITE, SITE_FACTOR, network_of
from core.ids import new_id
from core.server_state import PerServer
from federation.claims import to_stored
from federation.inbox.fairness import due_in_s
from federation.inbox.waking import DUE_IN_S, wake_soon
from federation.models import InboxGraph
from federation.signatures import SignatureClaim

_STORE = Statement(
    "inbox.store", "Stores a message with a valid signature.", "federation_inboxmessage_unique_key_key"
)
_UNVERIFIED = Statement(
    "inbox.count_unverified",
    "The number of messages waiting for their keys, in all and from one network.",
    "federation_inbox_unverified",
)
# Anybody can claim any host, so a claim counts only together with the network it came from.
_MAX_UNVERIFIED_OF_HOST = 300
_MAX_UNVERIFIED_OF_NETWORK = 1000
_MAX_UNVERIFIED = 10_000
_MAX_UNVERIFIED_BYTES = 100_000_000
_MAX_UNVERIFIED_BYTES_OF_NETWORK = 10_000_000
_MAX_GATHERED_BYTES = 1_000_000  # in one statement; the driver makes copies
# a network may use at most half of the free space, so a flood never crowds out other networks
_PART_OF_FREE = 2
# A relation that ended may start again, and many servers reuse its id (a follow by its two actors, an Accept by the follower, an Update
# by its actor). Only the effect tells whether such an activity is a repeat, so the handlers decide; all of them are idempotent.
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


class InboxRequest(msgspec.Struct, frozen=True):
    """A POST to an inbox. `inbox`: "host/username" of a personal one, empty for the shared one."""

    claim: SignatureClaim
    body: bytes
    inbox: str
    address: str
    is_forwarded: bool = False
    followers: str = ""  # the header of followers synchronisation
    host: str = ""  # the host of the inbox


class Envelope(msgspec.Struct, frozen=True):
    """The parts of a document that the queue needs; only ids and hosts are checked."""

    activity_id: str
    activity_type: str
    actor: str
    host: str
    is_self_delete: bool  # an actor deletes itself
    unique_key: bytes | None


def unique_key(actor: str, activity_id: str, activity_type: str, about: object) -> bytes | None:
    """Return a key of 16 bytes shared by repeated deliveries of one activity; None for types that may legitimately be repeated with the
    same id.

    The id alone is not sufficient: BookWyrm's Delete has the id of its Create.
    """
    if activity_type in _MAY_BE_SAID_AGAIN:
        return None
    object_ = msgspec.json.encode(about, order="deterministic")
    text = f"{actor}\n{activity_id}\n{activity_type}\n".encode()
    return hashlib.sha256(text + object_).digest()[:16]


async def release_key(key: bytes | None) -> bool:
    """Release the key of a message without effect, so that it may be delivered again. False if no such message has it."""
    if key is None:
        return False
    return bool(
        await sql.run(
            "UPDATE federation_inboxmessage SET unique_key = NULL WHERE unique_key = %s AND state IN ('skipped', 'failed')",
            [key],
        )
    )


async def store_verified(arrival: InboxRequest, envelope: Envelope) -> str:
    row = _columns(arrival, envelope) | {
        "due_in_s": DUE_IN_S + due_in_s(envelope.host),
        "unique_key": envelope.unique_key,
    }
    insert = _inserting()
    stored = await insert(row)
    if not stored and await release_key(envelope.unique_key):
        stored = await insert(row)
    if not stored:
        return "duplicate"
    wake_soon()
    return "received"


async def _insert_verified(rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Insert messages in one statement; return which were new."""
    query = _STORE(
        """
        INSERT INTO federation_inboxmessage
            (id, state, state_due_at, unique_key, activity_id, activity_type, actor, host, key_id, inbox, size, body, said_at, is_forwarded)
        SELECT id, %(state)s, now() + due_in_s * interval '1 second', unique_key, activity_id, activity_type, actor, host, key_id, inbox, size,
               body, said_at, is_forwarded
        FROM unnest(
            %(id)s::bigint[], %(due_in_s)s::float8[], %(unique_key)s::bytea[], %(activity_id)s::text[], %(activity_type)s::text[],
            %(actor)s::text[], %(host)s::text[], %(key_id)s::text[], %(inbox)s::text[], %(size)s::int[], %(body)b::bytea[],
            %(said_at)s::timestamptz[], %(is_forwarded)s::bool[]
        ) message (id, due_in_s, unique_key, activity_id, activity_type, actor, host, key_id, inbox, size, body, said_at, is_forwarded)
        ON CONFLICT (unique_key) DO NOTHING
        RETURNING id
        """,
        {name: [row[name] for row in rows] for name in rows[0]},
        state=InboxGraph.received.name,
    )
    stored = set(await sql.column(query))
    return [row["id"] in stored for row in rows]


_inserting = PerServer(
    lambda: Gathering(
        _insert_verified, max_items=100, size=lambda row: int(row["size"]), max_size=_MAX_GATHERED_BYTES
    )
)


def _columns(arrival: InboxRequest, envelope: Envelope) -> dict[str, Any]:
    """Return the stored columns of messages, by name."""
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


async def store_unverified(arrival: InboxRequest, envelope: Envelope) -> str:
    """Store a message whose key the worker has to fetch, within limits, so that unsigned messages can't fill the disk."""
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
    most = min(_MAX_UNVERIFIED_OF_NETWORK, (_MAX_UNVERIFIED - total) // _PART_OF_FREE)
    most_bytes = min(_MAX_UNVERIFIED_BYTES_OF_NETWORK, (_MAX_UNVERIFIED_BYTES - size) // _PART_OF_FREE)
    if (
        of_host >= _MAX_UNVERIFIED_OF_HOST
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
