"""Queueing of activities for delivery: one row for the bytes, one for each inbox. Hosts are woken once the transaction has committed."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from core.db import CONNECTION_ERRORS, async_atomic, on_commit, sql
from core.db.statements import Statement
from core.ids import new_id
from core.logs import get_logger
from federation.documents import PUBLIC, addressees
from federation.models.delivery import PARKED, RETRY_AFTER_REASON
from federation.peers import end_waits, host_of, unblocked
from federation.policies import Effect
from federation.policies.domains import effects_now, hidden_by_any, is_isolated
from federation.proofs import add_proof
from federation.registry import registered
from federation.signing import proof_key_of

log = get_logger(__name__)
_QUEUE = Statement(
    "deliveries.queue", "Queues a delivery to each inbox of an activity.", "federation_peer_host_key"
)
_WAKE_HOSTS = Statement(
    "deliveries.wake_hosts", "Marks the queues of these hosts as due.", "federation_peer_host_key"
)


async def send(*, signer: int, activity: Mapping[str, Any], inboxes: Collection[str]) -> int | None:
    """Queue an activity for delivery to every inbox, at least once, if the caller's transaction commits.

    `signer` is a local identity's id, 0 for the system actor. Blocked hosts are left out; for hosts given up as dead the delivery is
    recorded as dropped. Of a domain that doesn't federate only a Delete leaves, of what a server received before. Returns the id of the OutgoingActivity, None if there is no recipient.
    """
    pairs = await _allowed(inboxes, signer, is_delete=activity.get("type") == "Delete")
    if not pairs:
        return None
    outgoing_id = await store_activity(signer=signer, activity=activity)
    await _queue(outgoing_id, pairs)
    return outgoing_id


async def store_activity(*, signer: int, activity: Mapping[str, Any]) -> int:
    """Store an activity without deliveries, for `add_recipients`, and return its id. `delete_unsent` deletes it if no recipient was found."""
    outgoing_id = new_id()
    await sql.run(
        """
        INSERT INTO federation_outgoingactivity (id, signer, activity_type, activity_uri, object_uri, body)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        [
            outgoing_id,
            signer,
            str(activity.get("type", "")),
            str(activity.get("id", "")),
            _object_uri(activity.get("object")),
            msgspec.json.encode(await _with_proof(signer, activity)),
        ],
    )
    return outgoing_id


async def _with_proof(signer: int, activity: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a public activity with a proof by its actor, so that others can forward it; anything else unchanged.

    Private activities stay deniable. An activity with a proof is another actor's, being forwarded.
    """
    if "proof" in activity or PUBLIC not in addressees(activity):
        return activity
    key = await proof_key_of(signer)
    if key is None:
        return activity
    # convert values that aren't JSON yet (times, structs) to what the peer will read
    return add_proof(msgspec.json.decode(msgspec.json.encode(activity)), key)


async def add_recipients(outgoing_id: int, inboxes: Collection[str]) -> None:
    """Deliver an activity of `send` or `store_activity` to these inboxes, too, except those that have a delivery of it (index on
    activity_id).

    For very many recipients: one batch each, in transactions of their own.
    """
    had = set(
        await sql.column(
            "SELECT inbox FROM federation_delivery WHERE activity_id = %s AND inbox = ANY(%s::text[])",
            [outgoing_id, list(inboxes)],
        )
    )
    signer, is_delete = 0, False
    if hidden_by_any({host_of(inbox) for inbox in inboxes}):
        signer, is_delete = await sql.one(
            "SELECT signer, activity_type = 'Delete' FROM federation_outgoingactivity WHERE id = %s",
            [outgoing_id],
        ) or (0, False)
    if pairs := await _allowed([inbox for inbox in inboxes if inbox not in had], signer, is_delete=is_delete):
        await _queue(outgoing_id, pairs)


async def delete_unsent(outgoing_id: int) -> None:
    """Delete an activity that has no delivery (index on activity_id)."""
    await sql.run(
        """DELETE FROM federation_outgoingactivity activity
           WHERE id = %s AND NOT EXISTS (SELECT FROM federation_delivery WHERE activity_id = activity.id)""",
        [outgoing_id],
    )


async def _allowed(inboxes: Collection[str], signer: int, *, is_delete: bool) -> list[tuple[str, str]]:
    """Return (host, inbox) of those on hosts that are not blocked, nor hidden by the signer's domain, sorted."""
    hosts_by_inbox = {inbox: host_of(inbox) for inbox in inboxes}
    allowed = await unblocked({host for host in hosts_by_inbox.values() if host})
    allowed -= await _hidden_from(signer, allowed, is_delete=is_delete)
    return sorted((host, inbox) for inbox, host in hosts_by_inbox.items() if host in allowed)


async def _hidden_from(signer: int, hosts: Collection[str], *, is_delete: bool) -> set[str]:
    """Return those of `hosts` that the domain of a local identity hides. By the policies last read; no query while no domain hides one."""
    if not signer or not hidden_by_any(hosts):
        return set()
    domain = await registered("domain of signer")(signer)
    if domain is None or (is_delete and is_isolated(domain)):
        return set()
    return {host for host in hosts if Effect.hides in effects_now(host, domain)}


async def _queue(outgoing_id: int, pairs: list[tuple[str, str]]) -> None:
    """Store a delivery for each (host, inbox), and wake the hosts once the transaction has committed."""
    query = _QUEUE(
        """
        INSERT INTO federation_delivery (activity_id, host, inbox, status, reason, ended_at)
        SELECT %(activity)s, new.host, new.inbox,
               CASE WHEN peer.id IS NULL THEN 0 ELSE 3 END,
               CASE WHEN peer.id IS NULL THEN '' ELSE 'the host has not answered for a week' END,
               CASE WHEN peer.id IS NULL THEN NULL ELSE now() END
        FROM unnest(%(hosts)s::text[], %(inboxes)s::text[]) WITH ORDINALITY AS new (host, inbox, place)
        LEFT JOIN federation_peer peer ON peer.host = new.host AND peer.state = 'unreachable'
        ORDER BY new.place -- a hash join keeps no order, and the ids are the order of the queue
        """,
        activity=outgoing_id,
        hosts=[host for host, _ in pairs],
        inboxes=[inbox for _, inbox in pairs],
    )
    await sql.run(query)
    hosts = sorted({host for host, _ in pairs})

    async def wake() -> None:
        try:
            await wake_hosts(hosts)
        except CONNECTION_ERRORS as error:
            # the deliveries are committed, so the caller has succeeded; handlers/cleaning.py wakes these hosts
            log.warning("sending.wake_failed", error=error)

    await on_commit(wake)


async def wake_hosts(hosts: Collection[str]) -> None:
    """Make the queues of these hosts due now (failing hosts and refused lines keep their time).

    Locks each peer's row even if nothing changes: this makes the worker's last check before a host becomes idle exact. Runs after the
    sender's commit, in order of name to avoid deadlocks; after a crash handlers/cleaning.py wakes the hosts.
    """
    query = _WAKE_HOSTS(
        """
        INSERT INTO federation_peer (host, state, state_due_at)
        SELECT host, 'sending', now() FROM unnest(%(hosts)s::text[]) AS host ORDER BY host
        ON CONFLICT (host) DO UPDATE
            SET state = 'sending', state_due_at = now(), state_attempts = 0, state_error = NULL, state_changed_at = now()
            WHERE federation_peer.state = 'idle'
               OR (federation_peer.state = 'waiting' AND federation_peer.failing_since IS NULL)
        """,
        hosts=sorted(set(hosts)),
    )
    await sql.run(query)


async def release_refused(hosts: Collection[str]) -> None:
    """Make the refused lines of recovered hosts due, unless a wait was requested. Index federation_delivery_host."""
    await sql.run(
        """
        UPDATE federation_delivery SET retry_at = now()
        WHERE host = ANY(%s) AND status = 0 AND retry_at > now() AND retry_at < %s AND reason NOT LIKE %s
        """,
        [list(hosts), PARKED, f"{RETRY_AFTER_REASON}%"],
    )


_MOST_HOSTS = 500


async def try_now(uri: str) -> int:
    """Let the pending deliveries of the activity or object with this URI be tried at once; return at how many hosts.

    A host that failed less than a minute ago, or asked for a wait, keeps its time. Index federation_delivery_activity.
    """
    async with async_atomic():
        hosts = await sql.column(
            """
            SELECT DISTINCT delivery.host FROM federation_outgoingactivity activity
            JOIN federation_delivery delivery ON delivery.activity_id = activity.id
            WHERE (activity.activity_uri = %(uri)s OR activity.object_uri = %(uri)s) AND delivery.status = 0 LIMIT %(most)s
            """,
            {"uri": uri, "most": _MOST_HOSTS},
        )
        tried = await end_waits(hosts, besides=RETRY_AFTER_REASON)
        await release_refused(tried)
    return len(tried)


def _object_uri(value: object) -> str:
    """Return the id of an activity's object; if that is an activity itself (Undo), of its object."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return str(value.get("id") or "")
    return ""
