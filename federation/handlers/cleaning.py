"""Deletion of old deliveries, keys, refusals and peers, and wake-up of hosts left idle by a crash."""

import datetime as dt

from core.db import async_atomic, delete_batch, sql
from core.logs import get_logger
from federation.sending import wake_hosts
from stator import every

log = get_logger(__name__)

_ENDED_DELIVERIES_KEPT = dt.timedelta(days=7)  # so that users can see where a post was sent
_SILENT_PEERS_KEPT = dt.timedelta(days=90)
_KEYS_KEPT = dt.timedelta(days=30)
_REFUSALS_KEPT = dt.timedelta(days=14)
_BATCH_SIZE = 5000


@every(dt.timedelta(seconds=30), name="federation.wake_forgotten_hosts")
async def wake_forgotten_hosts() -> int:
    """Wake hosts with pending deliveries whose sender died between its commit and the wake-up; return how many."""
    # skips from host to host in federation_delivery_host, so that its cost depends on the number of hosts, not of deliveries
    hosts = await sql.column(
        """
        WITH RECURSIVE waiting (host) AS (
            (SELECT host FROM federation_delivery WHERE status = 0 ORDER BY host LIMIT 1)
            UNION ALL
            SELECT (SELECT host FROM federation_delivery WHERE status = 0 AND host > waiting.host ORDER BY host LIMIT 1)
            FROM waiting WHERE waiting.host IS NOT NULL
        )
        SELECT waiting.host FROM waiting LEFT JOIN federation_peer peer ON peer.host = waiting.host
        WHERE waiting.host IS NOT NULL AND (peer.id IS NULL OR peer.state IN ('idle', 'unreachable'))
        """
    )
    if hosts:
        # a transaction that was open when the host was given up may have committed deliveries since
        await sql.run(
            """
            UPDATE federation_delivery SET status = 3, reason = 'the host has not answered for a week', ended_at = now()
            WHERE status = 0 AND host IN (SELECT host FROM federation_peer WHERE host = ANY(%s) AND state = 'unreachable')
            """,
            [hosts],
        )
        await wake_hosts(hosts)
        log.info("federation.hosts_woken", hosts=len(hosts))
    return len(hosts)


@every(dt.timedelta(hours=1), name="federation.clean_up")
async def clean_up() -> None:
    """Delete ended deliveries, activities without deliveries, old keys, old refusals and silent peers."""
    while await _delete_ended_deliveries() == _BATCH_SIZE:
        pass
    for table, condition, kept in _OUTDATED:
        while await delete_batch(table, condition, {"kept": kept}):
            pass


_OUTDATED = (
    ("federation_remotekey", "fetched_at < now() - %(kept)s::interval", _KEYS_KEPT),
    ("federation_refusal", "last_at < now() - %(kept)s::interval", _REFUSALS_KEPT),
    (
        "federation_peer",
        """policy = 'open' AND NOT reject_media AND NOT reject_reports AND handling = 0 AND state IN ('idle', 'unreachable')
           AND greatest(first_seen_at, last_received_at, last_success_at, last_failure_at) < now() - %(kept)s::interval
           AND NOT EXISTS (SELECT 1 FROM federation_delivery d WHERE d.host = federation_peer.host AND d.status = 0)""",
        _SILENT_PEERS_KEPT,
    ),
)


async def _delete_ended_deliveries() -> int:
    """Delete a batch of the deliveries that ended long ago, with activities that have none left; returns how many deliveries. Index
    federation_delivery_ended.
    """
    async with async_atomic():
        activities = await sql.column(
            """
            DELETE FROM federation_delivery WHERE id IN (
                SELECT id FROM federation_delivery WHERE ended_at < now() - %s::interval
                ORDER BY ended_at LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING activity_id
            """,
            [_ENDED_DELIVERIES_KEPT, _BATCH_SIZE],
        )
        if activities:
            await sql.run(
                """
                DELETE FROM federation_outgoingactivity activity
                WHERE id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM federation_delivery WHERE activity_id = activity.id)
                """,
                [list(set(activities))],
            )
    return len(activities)
