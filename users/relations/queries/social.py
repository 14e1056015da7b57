"""Notes, endorsements, suggestions, familiar followers, the directory and blocked hosts."""

from collections.abc import Sequence
from enum import Enum

from core.db import sql
from core.db.paging import Page
from core.db.statements import Statement
from federation.peers import host_in_sql
from federation.policies.domains import hidden_by_domain
from users.domains.models import Domain
from users.identities.models import Identity, Restriction
from users.identities.queries.predicates import and_reachable, is_active, is_unrestricted
from users.relations.queries.predicates import (
    BLOCKS,
    FOLLOWS,
    HOST_BLOCKS,
    blocks,
    either_blocks,
    follows_or_asks,
    hides_host_in,
    is_accepted,
    mutes,
)

SUGGESTIONS = Statement(
    "people.suggestions",
    "People to follow: friends of friends, and the most followed of a domain.",
    "users_follow_source",
    "users_follow_pair",
    "users_identity_popular",
)

MAX_TIES = 5000  # follows counted in each direction
MAX_FAMILIAR = 500  # follows whose own follows are searched

_APART = f"""NOT {either_blocks("%(me)s", "i.id")}
    AND NOT {hides_host_in("%(me)s", "i")}"""


async def endorsements_of(identity_id: int, page: Page) -> list[tuple[int, int]]:
    """Return `[(row id, identity id)]` of the accounts featured on a profile, newest first.

    Served by users_endorsement_source.
    """
    rows = await sql.rows(
        f"""SELECT e.id, e.target_id FROM users_endorsement e JOIN users_identity i ON i.id = e.target_id
            WHERE e.source_id = %(owner)s AND {is_active("i")}{await and_reachable("i")}{page.where("e.id")}{page.order("e.id")}""",
        {**page.params(), "owner": identity_id},
    )
    return page.newest_first([(row[0], row[1]) for row in rows], lambda row: row[0])


async def blocked_hosts_of(identity: Identity, page: Page) -> list[tuple[int, str]]:
    """Return `[(row id, host)]` of blocked hosts, newest first. Served by users_host_block_identity."""
    rows = await sql.rows(
        f"""SELECT b.id, b.host FROM {HOST_BLOCKS} b WHERE b.identity_id = %(me)s{page.where("b.id")}{page.order("b.id")}""",
        {**page.params(), "me": identity.pk},
    )
    return page.newest_first([(row[0], row[1]) for row in rows], lambda row: row[0])


async def count_ties_with_host(identity: Identity, host: str) -> tuple[int, int]:
    """Count an identity's follows and followers on a host, among the newest TIES of each.

    Served by users_follow_source and users_follow_target.
    """
    row = await sql.one(
        f"""SELECT {_ties("source_id", "target_id")}, {_ties("target_id", "source_id")}""",
        {"me": identity.pk, "host": host, "ties": MAX_TIES},
    )
    assert row is not None
    return row[0], row[1]


def _ties(mine: str, theirs: str) -> str:
    return f"""(SELECT count(*) FROM (SELECT * FROM {FOLLOWS} WHERE {mine} = %(me)s ORDER BY id DESC LIMIT %(ties)s) f
                JOIN users_identity i ON i.id = f.{theirs}
                WHERE i.domain_id IS NULL AND lower(i.host) = %(host)s AND {is_accepted("f")})"""


async def familiar_followers(
    viewer: Identity, ids: Sequence[int], *, limit: int = 80
) -> dict[int, list[int]]:
    """Return the followers of each of these accounts among the newest FAMILIAR that the viewer follows, up to `limit` each. One query.

    Excludes those who hide their follows. Served by users_follow_source and users_follow_pair.
    """
    found: dict[int, list[int]] = {one: [] for one in ids}
    rows = await sql.rows(
        f"""WITH mine AS MATERIALIZED (
                SELECT i.id FROM (SELECT * FROM {FOLLOWS} WHERE source_id = %(me)s ORDER BY id DESC LIMIT %(newest)s) f
                JOIN users_identity i ON i.id = f.target_id
                WHERE {is_accepted("f")} AND NOT i.hides_follows AND {is_active("i")}{await and_reachable("i")})
            SELECT t.id, w.who FROM unnest(%(ids)s::bigint[]) AS t(id) CROSS JOIN LATERAL (
                SELECT m.id AS who FROM mine m
                JOIN {FOLLOWS} g ON g.source_id = m.id AND g.target_id = t.id AND {is_accepted("g")}
                ORDER BY g.id DESC LIMIT %(limit)s) w""",
        {"ids": ids, "me": viewer.pk, "limit": limit, "newest": MAX_FAMILIAR},
    )
    for target_id, who in rows:
        found[target_id].append(who)
    return found


FRIENDS_OF_FRIENDS = "friends_of_friends"
MAX_FOLLOWED = "most_followed"


# Limits: the newest of the viewer's follows, the newest follows of each of these, and the best of the results.
_FRIENDS, _FRIENDS_OF_EACH, _BEST = 60, 50, 200

_IS_WANTED = f"""i.id <> %(me)s AND i.is_discoverable AND {is_unrestricted("i")} AND i.moved_to_uri = ''
    AND NOT {follows_or_asks("%(me)s", "i.id")}
    AND NOT {mutes("%(me)s", "i.id")}
    AND NOT EXISTS (SELECT 1 FROM users_dismissedsuggestion d WHERE d.identity_id = %(me)s AND d.target_id = i.id OFFSET 0)
    AND {_APART}"""


async def suggestions(viewer: Identity, *, limit: int) -> list[tuple[int, str]]:
    """Return `[(identity id, why)]` of suggested accounts: followed by the viewer's follows first, then the most followed on their
    domain.

    Only discoverable accounts of servers that are not blocked, except those that the viewer follows, blocks, mutes or dismissed. Searches
    a bounded number of candidates.
    """
    reachable = await and_reachable("i")
    rows = await sql.rows(
        SUGGESTIONS(
            f"""WITH known AS (
                SELECT f.target_id AS id, count(*) AS weight FROM (
                    SELECT f.target_id FROM {FOLLOWS} f WHERE f.source_id = %(me)s AND {is_accepted("f")} ORDER BY f.id DESC LIMIT {_FRIENDS}) m
                JOIN users_identity s ON s.id = m.target_id AND NOT s.hides_follows
                CROSS JOIN LATERAL (
                    SELECT f.target_id FROM {FOLLOWS} f WHERE f.source_id = m.target_id AND {is_accepted("f")}
                    ORDER BY f.id DESC LIMIT {_FRIENDS_OF_EACH}) f
                GROUP BY f.target_id ORDER BY weight DESC, f.target_id LIMIT {_BEST}),
            popular AS (
                SELECT i.* FROM users_identity i WHERE i.domain_id = %(domain)s AND i.is_discoverable AND {is_unrestricted("i")}
                ORDER BY i.followers_count DESC LIMIT {_BEST}),
            candidate (id, why, weight) AS (
                (SELECT i.id, 0, k.weight FROM known k JOIN users_identity i ON i.id = k.id WHERE {_IS_WANTED}{reachable}
                 ORDER BY k.weight DESC, i.id LIMIT %(limit)s)
                UNION ALL
                (SELECT i.id, 1, i.followers_count FROM popular i WHERE i.followers_count > 0 AND {_IS_WANTED}
                 ORDER BY i.followers_count DESC LIMIT %(limit)s))
            SELECT id, why FROM (SELECT DISTINCT ON (c.id) c.id, c.why, c.weight FROM candidate c ORDER BY c.id, c.why) found
            ORDER BY why, weight DESC, id LIMIT %(limit)s""",
            me=viewer.pk,
            domain=viewer.domain_id,
            limit=limit,
        )
    )
    return [(who, MAX_FOLLOWED if why else FRIENDS_OF_FRIENDS) for who, why in rows]


async def directory(
    viewer: Identity | None, domain: Domain, *, is_local: bool, by_age: bool, limit: int, offset: int
) -> list[int]:
    """Return ids of discoverable identities, of servers that are not blocked, by their last post or by age. Served by users_identity_directory."""
    own = " AND i.domain_id = %(domain)s" if is_local else ""
    apart = "" if viewer is None else f" AND i.id <> %(me)s AND {_APART}"
    order = "i.id DESC" if by_age else "i.last_post_at DESC NULLS LAST, i.id DESC"
    return await sql.column(
        f"""SELECT i.id FROM users_identity i
            WHERE i.is_discoverable AND {is_unrestricted("i")} AND i.moved_to_uri = ''{own}{apart}{await and_reachable("i")}
            ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s""",
        {"domain": domain.pk, "me": viewer.pk if viewer else 0, "limit": limit, "offset": offset},
    )


class FetchRefusal(Enum):
    BLOCKED = "blocked"
    UNKNOWN_SIGNER = "unknown signer"  # of a host with an actor whom the author blocked


async def fetch_refusal(author_id: int, host: str, owners: list[str]) -> FetchRefusal | None:
    """Return the reason for which a document of the author's is refused to a signer on `host` who may be one of these actors; None if it
    isn't.

    Served by users_host_block_pair, the unique uri of identities, users_block_pair, and users_block_source for an unknown signer.
    """
    known = await sql.rows(
        f"""SELECT i.restriction = {Restriction.suspended.value}
                   OR {blocks("%(author)s", "i.id")}
                   OR {hides_host_in("%(author)s", "i")}
            FROM users_identity i WHERE i.uri = ANY(%(owners)s) AND i.domain_id IS NULL
            UNION ALL
            SELECT true FROM {HOST_BLOCKS} h WHERE h.identity_id = %(author)s AND h.host = %(host)s
            UNION ALL
            SELECT true FROM users_identity o WHERE o.id = %(author)s AND {hidden_by_domain("o.domain_id", "%(host)s")}""",
        {"author": author_id, "host": host, "owners": owners},
    )
    if any(is_blocked for (is_blocked,) in known):
        return FetchRefusal.BLOCKED
    if known:
        return None
    blocks_near = await sql.value(
        f"""SELECT 1 FROM {BLOCKS} b JOIN users_identity i ON i.id = b.target_id
            WHERE b.source_id = %(author)s AND i.domain_id IS NULL AND {host_in_sql("i.uri")} = %(host)s LIMIT 1""",
        {"author": author_id, "host": host},
    )
    return FetchRefusal.UNKNOWN_SIGNER if blocks_near else None
