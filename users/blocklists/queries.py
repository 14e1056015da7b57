"""Queries for the policies of servers: those of the servers in a list, and all for an export."""

from collections.abc import AsyncIterator, Collection

from core.db import sql
from core.errors import NotFound
from federation.models import Peer, Policy
from users.blocklists.models import (
    Blocklist,
    BlocklistGraph,
    BlocklistRow,
    SubscribedServer,
    Subscription,
    SubscriptionGraph,
)
from users.blocklists.reading import COLUMNS, SEVERITIES, Ruling, csv_lines
from users.moderation.queries.ruled_peers import allowed_peers, peers_for_blocklist
from users.relations.models import Follow

MAX_LOST = 10_000
PAGE_SIZE = 100
BATCH_SIZE = 1000  # rows that are read and sent at once
ENDING = (SubscriptionGraph.retracting.name, SubscriptionGraph.keeping.name, SubscriptionGraph.ended.name)
_FOLLOWS = sql.table(Follow)


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
    found, after = allowed_peers() if allows else peers_for_blocklist(), ""
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


async def recent_lists() -> list[Blocklist]:
    """Return the newest uploaded lists that are not over (primary key)."""
    found = Blocklist.objects.exclude(state=BlocklistGraph.ended.name).order_by("-pk")
    return [one async for one in found[:20]]


async def list_by_id(blocklist_id: int) -> Blocklist:
    """Return an uploaded list. Raises NotFound."""
    if (found := await Blocklist.objects.filter(pk=blocklist_id).afirst()) is None:
        raise NotFound
    return found


async def counts_of(stored: Blocklist) -> dict[str, int]:
    """Return how many rows have each effect, and under "wanted" and "done" how far the worker is (users_blocklist_effect)."""
    rows = await sql.rows(
        f"""SELECT effect, count(*), count(*) FILTER (WHERE is_wanted),
                   count(*) FILTER (WHERE is_wanted AND place <= %s) FROM {sql.table(BlocklistRow)}
            WHERE blocklist_id = %s GROUP BY effect""",
        [stored.position, stored.pk],
    )
    counts = {str(effect): int(count) for effect, count, _, _ in rows}
    return counts | {"wanted": sum(row[2] for row in rows), "done": sum(row[3] for row in rows)}


async def rows_of(stored: Blocklist, effect: str, *, after: int) -> list[BlocklistRow]:
    """Return a page of the rows with an effect, by line, and one more if there are others (users_blocklist_effect)."""
    found = BlocklistRow.objects.filter(blocklist=stored.pk, effect=effect, place__gt=after)
    return [row async for row in found.order_by("place")[: PAGE_SIZE + 1]]


async def lost_follows(listed: str, parameters: dict[str, int]) -> int:
    """Count the follows with servers `p` for which `listed` selects a row, up to MAX_LOST.

    Known servers are looked up in the list (users_blocklist_host, users_subscribed_server_host), their people by users_identity_host,
    follows by their indexes.
    """
    return int(
        await sql.value(
            f"""WITH bad AS MATERIALIZED (SELECT p.host FROM federation_peer p WHERE EXISTS ({listed}))
                SELECT count(*) FROM (
                    (SELECT 1 FROM bad JOIN users_identity i ON lower(i.host) = bad.host AND i.domain_id IS NULL
                     JOIN {_FOLLOWS} f ON f.target_id = i.id LIMIT %(most)s)
                    UNION ALL
                    (SELECT 1 FROM bad JOIN users_identity i ON lower(i.host) = bad.host AND i.domain_id IS NULL
                     JOIN {_FOLLOWS} f ON f.source_id = i.id LIMIT %(most)s)) found""",
            {**parameters, "most": MAX_LOST},
        )
        or 0
    )


async def all_subscriptions() -> list[Subscription]:
    """Return the subscribed lists by name; there are at most MOST_SUBSCRIPTIONS."""
    found = Subscription.objects.exclude(state__in=ENDING).order_by("name", "pk")
    return [one async for one in found]


async def subscription_by_id(subscription_id: int) -> Subscription:
    """Return a subscribed list. Raises NotFound."""
    if (found := await Subscription.objects.filter(pk=subscription_id).afirst()) is None:
        raise NotFound
    return found


async def subscribed_servers(one: Subscription, *, gone: bool, after: str) -> list[SubscribedServer]:
    """Return a page of the servers of a list, or of those that disappeared from it, by name, and one more if there are others.

    Served by users_subscribed_server_once.
    """
    found = SubscribedServer.objects.filter(subscription=one.pk, host__gt=after)
    found = found.filter(generation__lt=one.generation) if gone else found.filter(generation=one.generation)
    return [row async for row in found.order_by("host")[: PAGE_SIZE + 1]]
