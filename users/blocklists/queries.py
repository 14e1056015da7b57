"""Reading policies of servers for blocklists: those that a list names, and all for an export."""

from collections.abc import AsyncIterator, Collection

from core.db import sql
from federation.models import Peer, Policy
from users.blocklists.reading import COLUMNS, SEVERITIES, Ruling, csv_lines
from users.moderation.queries.ruled_peers import allowed_peers, blocked_peers

BATCH_SIZE = 1000  # rows that are read and sent at once


async def rulings_of(hosts: Collection[str], *, lock: bool = False) -> dict[str, Ruling]:
    """Return the policies of those hosts that have a row, in the order of their names. Unique index on host."""
    rows = await sql.rows(
        f"""SELECT host, policy, reject_media, reject_reports FROM federation_peer WHERE host = ANY(%s::text[])
            ORDER BY host {"FOR NO KEY UPDATE" if lock else ""}""",
        [list(hosts)],
    )
    return {host: Ruling(Policy(policy), media, reports) for host, policy, media, reports in rows}


async def exported(*, allows: bool = False, with_notes: bool = False) -> AsyncIterator[bytes]:
    """Yield the blocklist in Mastodon's form, or the list of allowed servers, as pieces of CSV.

    Notes are written for the other moderators of this server: only who asks for it gets them. Served by the unique index on host.
    """
    yield csv_lines([["#domain"] if allows else list(COLUMNS)])
    found, after = allowed_peers() if allows else blocked_peers(), ""
    while True:
        page = [peer async for peer in found.filter(host__gt=after).order_by("host")[:BATCH_SIZE]]
        if page:
            yield csv_lines([[peer.host] if allows else _row(peer, with_notes) for peer in page])
        if len(page) < BATCH_SIZE:
            return
        after = page[-1].host


def _row(peer: Peer, with_notes: bool) -> list[str]:
    severity = SEVERITIES.get(Policy(peer.policy), "noop")
    media, reports = str(peer.reject_media).lower(), str(peer.reject_reports).lower()
    return [peer.host, severity, media, reports, peer.policy_note if with_notes else "", "false"]
