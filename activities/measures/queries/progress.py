"""Work that acts of staff left to the worker: people and domains being deleted, and lost follows being listed and told of."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from core.db import sql
from core.db.sql import Sql
from users.domains.models import Domain, DomainGraph
from users.identities.models import Identity, IdentityGraph
from users.logins.models import User
from users.roles.models import Permission, Scope
from users.severances.models import SeveranceEvent, SeveranceGraph, SeveranceKind

MOST_COUNTED = 1000
_NAMED = 3  # of each kind

_IDENTITIES, _EVENTS, _DOMAINS = sql.table(Identity), sql.table(SeveranceEvent), sql.table(Domain)
DELETING = (IdentityGraph.deleted.name, IdentityGraph.emptying.name)
_LOSSES = (SeveranceGraph.listing.name, SeveranceGraph.telling.name)
_REMOVING = (DomainGraph.closing.name, DomainGraph.emptying.name)


class Left(NamedTuple):
    """Posts that are still to be deleted, among the oldest MOST_COUNTED. `is_all`: there are no others."""

    posts: int
    is_all: bool


class Work(NamedTuple):
    """Work on a "person" or a "domain", or of a SeveranceKind of staff, of which there is `total`.

    `id` is that of the person or the domain, 0 for a block.
    """

    kind: str
    id: int
    name: str
    state: str
    posts: int
    is_all: bool
    total: int

    @property
    def left(self) -> Left:
        return Left(self.posts, self.is_all)

    @property
    def others(self) -> int:
        """The number of those of its kind that have no row."""
        return max(0, self.total - _NAMED)


def _due(table: str, state: str, columns: str) -> str:
    """Return the statement for the rows of a state that the worker handles next. Served by the engine's index of due rows."""
    return f"""(SELECT {columns} FROM {table} WHERE state = '{state}' AND state_due_at IS NOT NULL
                ORDER BY state_due_at LIMIT {MOST_COUNTED})"""


def _all_due(table: str, states: Collection[str], columns: str) -> str:
    return " UNION ALL ".join(_due(table, state, columns) for state in states)


_EVENT_COLUMNS = "id, kind, target_name, identity_id, state"

# Reads posts in the order in which activities/publishing/services/removal.py deletes them. Served by activities_post_author.
_LEFT = f"""SELECT count(*) FILTER (WHERE p.deleted_at IS NULL) AS posts, count(*) < {MOST_COUNTED} AS is_all FROM (
    SELECT deleted_at FROM activities_post WHERE author_id = i.id AND id > coalesce(i.emptied_to, 0)
    ORDER BY author_id, id LIMIT {MOST_COUNTED}) p"""

_WORK = f"""
    WITH people AS MATERIALIZED (
        SELECT i.* FROM ({_all_due(_IDENTITIES, DELETING, "id, username, host, domain_id, state, emptied_to")}) i
        WHERE i.domain_id IS NOT NULL AND (%(staffed)s::bigint[] IS NULL OR i.domain_id = ANY(%(staffed)s::bigint[]))),
    events AS MATERIALIZED (
        SELECT e.* FROM ({_all_due(_EVENTS, _LOSSES, _EVENT_COLUMNS)}) e
        LEFT JOIN {_IDENTITIES} i ON i.id = e.identity_id
        WHERE (e.kind = '{SeveranceKind.domain_block}' AND %(federates)s)
        OR (e.kind = '{SeveranceKind.account_suspension}'
            AND (%(staffed)s::bigint[] IS NULL OR i.domain_id = ANY(%(staffed)s::bigint[])))),
    domains AS MATERIALIZED (
        SELECT d.* FROM ({_all_due(_DOMAINS, _REMOVING, "id, name, state")}) d
        WHERE %(edited)s::bigint[] IS NULL OR d.id = ANY(%(edited)s::bigint[]))
    (SELECT 'domain' AS kind, d.id, d.name, d.state, 0::bigint AS posts, true AS is_all, (SELECT count(*) FROM domains) AS count
     FROM domains d ORDER BY d.id LIMIT {_NAMED})
    UNION ALL
    (SELECT 'person', i.id, i.username || '@' || i.host, i.state, l.posts, l.is_all, (SELECT count(*) FROM people)
     FROM (SELECT * FROM people ORDER BY id LIMIT {_NAMED}) i CROSS JOIN LATERAL ({_LEFT}) l)
    UNION ALL
    (SELECT e.kind, coalesce(e.identity_id, 0), e.target_name, e.state, 0, true, (SELECT count(*) FROM events) FROM events e ORDER BY e.id LIMIT {_NAMED})
"""


def work_for(user: User) -> Sql:
    """Return a column for `read_work`: up to three of each kind in the scope of a staff member, among the MOST_COUNTED due first.

    Blocks by users are nobody else's business.
    """
    return Sql(
        f"""(SELECT coalesce(json_agg(json_build_array(kind, id, name, state, posts, is_all, count)), '[]')::text FROM ({_WORK}) work)""",
        {
            "staffed": _listed(user.scope(Permission.manage_users)),
            "edited": _listed(user.scope(Permission.manage_settings)),
            "federates": user.may(Permission.manage_federation),
        },
    )


def read_work(column: str) -> list[Work]:
    return msgspec.json.decode(column, type=list[Work])


def _listed(scope: Scope) -> list[int] | None:
    return None if scope is None else sorted(scope)


async def losses_by_host(hosts: Collection[str]) -> dict[str, str]:
    """Return the states of unfinished blocks of these hosts by staff, among the MOST_COUNTED that are due first."""
    return dict(
        await sql.rows(
            f"""SELECT e.target_name, e.state FROM ({_all_due(_EVENTS, _LOSSES, _EVENT_COLUMNS)}) e
                WHERE e.kind = '{SeveranceKind.domain_block}' AND e.target_name = ANY(%s::text[]) ORDER BY e.id""",
            [list(hosts)],
        )
    )


async def left_of_person(identity: Identity) -> Left:
    """Count posts of an identity that is being deleted."""
    row = await sql.one(
        f"SELECT l.posts, l.is_all FROM {_IDENTITIES} i CROSS JOIN LATERAL ({_LEFT}) l WHERE i.id = %s",
        [identity.pk],
    )
    return Left(*(row or (0, True)))
