"""Public statistics of the server. Read at most once a minute per process, because clients request them at every start."""

import re
import time

import msgspec

from core.db import sql
from core.hosts.names import BadHost, normal_host
from core.server_state import PerServer
from users.domains import options
from users.domains.models import Domain
from users.identities.queries.identities import contact_of
from users.roles.models import Permission
from users.roles.queries import has_right_in_sql
from users.statistics import queries as domain_stats

CACHE_S = 60.0


class InstanceStats(msgspec.Struct, frozen=True):
    """Statistics. `active_people`: logins with a local identity seen within thirty days. `contact_id`: the chosen contact of the domain, else the first admin's identity."""

    people: int
    posts: int
    peers: int
    active_people: int
    contact_id: int | None


_kept: PerServer[dict[int, tuple[float, InstanceStats]]] = PerServer(dict)


async def stats_of(domain: Domain) -> InstanceStats:
    """Return the stats of one domain, as last counted by a job."""
    read_at, known = _kept().get(domain.pk, (0.0, None))
    if known is not None and time.monotonic() - read_at < CACHE_S:
        return known
    chosen = await contact_of(domain)
    contact_id = (
        chosen.pk
        if chosen is not None
        else await sql.value(  # served by users_user_of_staff
            f"""SELECT min(j.id) FROM users_user u JOIN users_identityaccess x ON x.user_id = u.id
           JOIN users_identity j ON j.id = x.identity_id
           WHERE {has_right_in_sql("u", Permission.manage_settings, "%(domain)s")} AND j.domain_id = %(domain)s AND j.deleted_at IS NULL""",
            {"domain": domain.pk},
        )
    )
    kept = await domain_stats.stats_of(domain)
    stats = InstanceStats(kept.people, kept.posts, kept.peers, kept.logins_month, contact_id)
    if not await options.get(options.PUBLISHES_COUNTS, domain=domain.pk):
        stats = InstanceStats(0, 0, 0, 0, stats.contact_id)
    _kept()[domain.pk] = (time.monotonic(), stats)
    return stats


def clear_cache() -> None:
    """Drop the cached counts (tests)."""
    _kept().clear()


async def peers() -> list[str]:
    """Return hosts of other servers, without blocked ones."""
    return await sql.column(
        "SELECT host FROM federation_peer WHERE policy <> 'blocked' ORDER BY host LIMIT 10000"
    )


async def peers_with_prefix(start: str, *, limit: int) -> list[str]:
    """Return hosts of other servers with this prefix, without blocked ones.

    Served by the pattern index of federation_peer.host.
    """
    wanted = start.strip().lower()
    if not wanted.isascii():
        try:
            wanted = normal_host(wanted)
        except BadHost:
            return []
    if not wanted:
        return []
    pattern = re.sub(r"([\\%_])", r"\\\1", wanted) + "%"
    return await sql.column(
        "SELECT host FROM federation_peer WHERE host LIKE %s AND policy <> 'blocked' ORDER BY host LIMIT %s",
        [pattern, limit],
    )


async def restricted_peers() -> list[tuple[str, str]]:
    """Return `[(host, policy)]` of servers that are blocked or limited. Served by federation_peer_ruled."""
    return [
        (host, policy)
        for host, policy in await sql.rows(
            "SELECT host, policy FROM federation_peer WHERE policy <> 'open' ORDER BY host"
        )
    ]
