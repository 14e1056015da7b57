"""Statistics of domains and of the server: for other servers, apps, directories and moderators."""

from collections.abc import Collection

import msgspec

from core.db import sql
from users.domains.models import Domain
from users.identities.queries.predicates import is_active


class DomainStatsView(msgspec.Struct, frozen=True):
    """Statistics of a domain. users/statistics/models.py explains the columns."""

    people: int
    posts: int
    active_month: int
    active_half_year: int
    logins_month: int
    peers: int


COLUMNS = ", ".join(DomainStatsView.__struct_fields__)

# One range of users_identity_of_domain for each domain; logins by users_user_last_seen.
COUNTED = f"""
    SELECT d.id, count(i.id), coalesce(sum(i.posts_count), 0)::bigint,
        count(*) FILTER (WHERE i.last_post_at > now() - interval '30 days'),
        count(*) FILTER (WHERE i.last_post_at > now() - interval '180 days'),
        (SELECT count(DISTINCT u.id) FROM users_user u JOIN users_identityaccess x ON x.user_id = u.id
            JOIN users_identity j ON j.id = x.identity_id
         WHERE j.domain_id = d.id AND u.last_seen_at > now() - interval '30 days'),
        (SELECT count(*) FROM federation_peer)
    FROM users_domain d LEFT JOIN users_identity i ON i.domain_id = d.id AND {is_active("i")}
    WHERE d.id = %(domain)s OR %(domain)s::bigint IS NULL
    GROUP BY d.id"""


async def stats_of(domain: Domain) -> DomainStatsView:
    """Return the stored stats of one domain (primary key), or count them if the job has not seen it yet."""
    row = await sql.one(f"SELECT {COLUMNS} FROM users_domainfigures WHERE domain_id = %s", [domain.pk])
    if row is None:
        counted = await sql.one(COUNTED, {"domain": domain.pk})
        row = counted[1:] if counted else (0,) * len(DomainStatsView.__struct_fields__)
    return DomainStatsView(*row)


async def stats_of_domains(domain_ids: Collection[int]) -> DomainStatsView:
    """Return the stored stats of several domains together (primary key). `peers` are those of the server."""
    row = await sql.one(
        """SELECT coalesce(sum(people), 0)::bigint, coalesce(sum(posts), 0)::bigint, coalesce(sum(active_month), 0)::bigint,
                  coalesce(sum(active_half_year), 0)::bigint, coalesce(sum(logins_month), 0)::bigint, coalesce(max(peers), 0)::bigint
           FROM users_domainfigures WHERE domain_id = ANY(%s)""",
        [sorted(domain_ids)],
    )
    return DomainStatsView(*(row or (0,) * len(DomainStatsView.__struct_fields__)))


class ServerStatsView(msgspec.Struct, frozen=True):
    """Statistics of the server. users/statistics/models.py explains the columns."""

    logins: int
    identities: int
    active_month: int
    posts: int
    peers: int
    blocked_peers: int


_SMALL = 1000  # logins, identities and servers together: counting them takes a few milliseconds
SERVER_COLUMNS = ", ".join(ServerStatsView.__struct_fields__)

# Identities by users_identity_of_domain, active ones by users_user_last_seen, blocked peers by federation_peer_policies.
SERVER_COUNTED = """
    SELECT (SELECT count(*) FROM users_user WHERE approved_at IS NOT NULL AND confirmed_at IS NOT NULL),
        i.people, (SELECT count(*) FROM users_user WHERE last_seen_at > now() - interval '30 days'), i.posts,
        (SELECT count(*) FROM federation_peer), (SELECT count(*) FROM federation_peer WHERE policy = 'blocked' AND policy <> 'open')
    FROM (SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS people, coalesce(sum(posts_count), 0)::bigint AS posts
          FROM users_identity WHERE domain_id IS NOT NULL) i"""


async def server_stats() -> ServerStatsView:
    """Return the stored stats of this server (primary key); those of a small server are counted, so that a new one isn't empty."""
    row = await sql.one(f"SELECT {SERVER_COLUMNS} FROM users_serverfigures WHERE id = 1")
    kept = ServerStatsView(*row) if row else None
    if kept is None or kept.logins + kept.identities + kept.peers < _SMALL:
        return ServerStatsView(*(await sql.one(SERVER_COUNTED) or (0,) * 6))
    return kept
