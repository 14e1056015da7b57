"""Queries for users and operators: deliveries of a post (for its author), and the state of hosts' queues (for operators)."""

import datetime as dt

import msgspec

from core.db import sql
from federation.models.delivery import PARKED
from federation.models.inbox_message import InboxGraph


class DeliveryView(msgspec.Struct, frozen=True):
    """One delivery of an activity. `status`: pending, delivered, failed or dropped.

    Of a pending one: `wait_s` are the seconds until it is tried, None if it is being tried; `is_behind` if an earlier one to the same inbox has to go first. `reason`
    is that of the last attempt, or why the whole host waits.
    """

    activity_type: str
    host: str
    inbox: str
    status: str
    attempts: int
    http_status: int | None
    reason: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    wait_s: float | None
    is_behind: bool


class DeliverySummary(msgspec.Struct, frozen=True):
    """The number of servers to which delivery succeeded, is pending, was refused or was given up."""

    delivered: int = 0
    pending: int = 0
    failed: int = 0
    dropped: int = 0


class HostQueue(msgspec.Struct, frozen=True):
    """A host's queue. `oldest_s`: how long the oldest delivery has waited, in seconds."""

    host: str
    state: str
    policy: str
    software: str
    waiting: int
    oldest_s: float
    next_try_at: dt.datetime | None
    failing_since: dt.datetime | None
    last_success_at: dt.datetime | None
    last_received_at: dt.datetime | None
    last_error: str


class InboxStats(msgspec.Struct, frozen=True):
    """The number of messages in a state, counted up to a thousand."""

    state: str
    count: int


class Refused(msgspec.Struct):
    """Messages refused on arrival for one reason, from one claimed host (empty: from several), with one case of them."""

    host: str
    reason: str
    status: int
    first_at: dt.datetime
    last_at: dt.datetime
    key_id: str
    activity_id: str
    activity_type: str
    path: str
    address: str
    size: int
    detail: str
    count: int = 1


_STATUSES = "(ARRAY['pending', 'delivered', 'failed', 'dropped'])[delivery.status + 1]"


async def deliveries_of(uri: str, *, limit: int = 500) -> list[DeliveryView]:
    """Return the deliveries of the activity or object with this URI in the last week, newest activity first, by host."""
    return await sql.structs(
        DeliveryView,
        f"""
        SELECT activity.activity_type, delivery.host, delivery.inbox, {_STATUSES}, delivery.attempts, delivery.http_status,
               CASE WHEN delivery.reason = '' AND delivery.status = 0 AND peer.failing_since IS NOT NULL THEN peer.last_error
                    ELSE delivery.reason END,
               delivery.created_at, delivery.ended_at,
               CASE WHEN delivery.status = 0 THEN nullif(greatest(0, extract(epoch FROM greatest(nullif(delivery.retry_at, %(parked)s),
                    CASE WHEN peer.state = 'waiting' THEN peer.state_due_at END) - now())), 0)::float8 END,
               delivery.status = 0 AND delivery.retry_at IS NOT DISTINCT FROM %(parked)s
        FROM federation_outgoingactivity activity JOIN federation_delivery delivery ON delivery.activity_id = activity.id
        LEFT JOIN federation_peer peer ON peer.host = delivery.host
        WHERE activity.activity_uri = %(uri)s OR activity.object_uri = %(uri)s
        ORDER BY activity.id DESC, delivery.host, delivery.id LIMIT %(limit)s
        """,
        {"uri": uri, "limit": limit, "parked": PARKED},
    )


async def delivery_summary(uri: str) -> DeliverySummary:
    """Return the same as numbers."""
    found = await sql.rows(
        f"""
        SELECT {_STATUSES}, count(*)
        FROM federation_outgoingactivity activity JOIN federation_delivery delivery ON delivery.activity_id = activity.id
        WHERE activity.activity_uri = %(uri)s OR activity.object_uri = %(uri)s GROUP BY 1
        """,
        {"uri": uri},
    )
    return DeliverySummary(**dict(found))


async def host_queues(*, limit: int = 100) -> list[HostQueue]:
    """Return hosts with pending or failing deliveries, longest queue first.

    Served by federation_delivery_host, federation_peer_failing and the index of due rows.
    """
    return await sql.structs(
        HostQueue,
        """
        WITH queue AS (SELECT host, count(*) AS waiting, min(created_at) AS oldest
                       FROM federation_delivery WHERE status = 0 GROUP BY host)
        SELECT shown.host, coalesce(peer.state, 'idle'), coalesce(peer.policy, 'open'),
               coalesce(peer.software, ''), coalesce(queue.waiting, 0),
               coalesce(extract(epoch FROM now() - queue.oldest)::float8, 0), peer.state_due_at, peer.failing_since,
               peer.last_success_at, peer.last_received_at, coalesce(peer.last_error, '')
        FROM (SELECT host FROM queue UNION SELECT host FROM federation_peer WHERE failing_since IS NOT NULL
              UNION SELECT host FROM federation_peer WHERE state = 'unreachable' AND state_due_at IS NOT NULL) shown
        LEFT JOIN queue ON queue.host = shown.host LEFT JOIN federation_peer peer ON peer.host = shown.host
        ORDER BY 5 DESC, 1 LIMIT %s
        """,
        [limit],
    )


async def inbox_stats() -> list[InboxStats]:
    """Return the number of messages in the inbox by state, without empty states. Served by the index of due rows, which includes all of them."""
    counted = " UNION ALL ".join(
        f"""SELECT '{state}', count(*) FROM (
                SELECT 1 FROM federation_inboxmessage WHERE state = '{state}' AND state_due_at IS NOT NULL
                ORDER BY state_due_at LIMIT 1000) f"""
        for state in InboxGraph.states
    )
    stats = await sql.structs(InboxStats, f"{counted} ORDER BY 1")
    return [state for state in stats if state.count]


async def failed_messages(*, limit: int = 50) -> list[tuple[str, str, str, str, dt.datetime]]:
    """Return (actor, activity type, activity id, reason, received at) of accepted messages that failed later, newest first."""
    return await sql.rows(
        """
        SELECT actor, activity_type, activity_id, coalesce(nullif(reason, ''), state_error, ''), received_at
        FROM federation_inboxmessage WHERE state = 'failed' ORDER BY id DESC LIMIT %s
        """,
        [limit],
    )


async def recent_refusals(*, limit: int = 50) -> list[Refused]:
    """Return refused messages, by claimed host and reason, latest first. Index federation_refusal_last."""
    return await sql.structs(
        Refused,
        """
        SELECT host, reason, status, first_at, last_at, key_id, activity_id, activity_type, path, address, size, detail, count
        FROM federation_refusal ORDER BY last_at DESC LIMIT %s
        """,
        [limit],
    )
