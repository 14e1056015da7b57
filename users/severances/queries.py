"""Queries for lost follows: what a block would cost, and what users lost."""

import datetime as dt
from collections.abc import AsyncIterator, Collection

import msgspec

from core.db import sql
from core.errors import NotFound
from federation import peers
from federation.policies import Effect
from federation.policies.domains import effects_now, hidden_by_domain
from users.identities.models import Restriction
from users.relations.queries.predicates import FOLLOWS, HOST_BLOCKS, is_accepted
from users.severances.models import SeveranceKind, SeveredFollow

MAX_COUNTED = 1000  # the answer is awaited before a block, and more would decide nothing
ROWS_AT_ONCE = 1000
SEVERED = sql.table(SeveredFollow)


class Lost(msgspec.Struct, frozen=True):
    """Follows that users here would lose, each counted up to MAX_COUNTED."""

    following: int = 0
    followers: int = 0

    @property
    def total(self) -> int:
        return self.following + self.followers


class SeveranceView(msgspec.Struct):
    """The losses of a user by an event. `is_lifted`: the block or suspension has ended since."""

    id: int
    kind: str
    target_name: str
    followers_count: int
    following_count: int
    is_purged: bool
    created_at: dt.datetime
    is_lifted: bool = False


class SeveredAccount(msgspec.Struct, frozen=True):
    id: int
    handle: str
    shows_boosts: bool
    notifies: bool
    languages: str


def prefixes_of(host: str) -> list[str]:
    """Return the beginnings of the URIs of identities on a host."""
    return [f"https://{host}/", f"http://{host}/"]


def end_of(prefix: str) -> str:
    """Return the first text after all that begin with a prefix that ends with a slash."""
    return prefix[:-1] + chr(ord("/") + 1)


async def lost_by_blocking(hosts: Collection[str], *, domain_id: int | None = None) -> Lost:
    """Count the follows between users here, or those of a domain, and servers that a block of these hosts would cut off.

    Served by the index for the beginnings of URIs, users_follow_target and users_follow_source.
    """
    named = [peers.spelled(host) for host in hosts]
    cut_off = await peers.newly_blocked(await peers.hosts_below(named), named)
    if domain_id is not None:
        cut_off = [host for host in cut_off if Effect.hides not in effects_now(host, domain_id)]
    prefixes = [prefix for host in cut_off for prefix in prefixes_of(host)]
    ends = [end_of(prefix) for prefix in prefixes]
    home = "IS NOT NULL" if domain_id is None else "= %(domain)s"
    return Lost(
        *[
            int(
                await sql.value(
                    f"""SELECT count(*) FROM (
                        SELECT 1 FROM unnest(%(prefixes)s::text[], %(ends)s::text[]) AS part (prefix, behind)
                        JOIN users_identity i ON i.uri ~>=~ part.prefix AND i.uri ~<~ part.behind AND i.domain_id IS NULL
                        JOIN {FOLLOWS} f ON f.{theirs}_id = i.id AND {is_accepted("f")}
                        JOIN users_identity o ON o.id = f.{ours}_id AND o.domain_id {home}
                        LIMIT %(most)s) found""",
                    {"prefixes": prefixes, "ends": ends, "most": MAX_COUNTED, "domain": domain_id},
                )
            )
            for theirs, ours in (("target", "source"), ("source", "target"))
        ]
    )


async def severances(
    identity_id: int, *, before: int | None = None, only_id: int | None = None, limit: int = 20
) -> list[SeveranceView]:
    """Return what a user lost, newest first, after the lists are complete. Served by users_severance_identity."""
    found = await sql.structs(
        SeveranceView,
        """SELECT s.id, e.kind, e.target_name, s.followers_count, s.following_count, e.state = 'purged', e.created_at
           FROM users_severance s JOIN users_severanceevent e ON e.id = s.event_id
           WHERE s.identity_id = %(me)s AND s.is_told AND (%(before)s::bigint IS NULL OR s.id < %(before)s::bigint)
           AND (%(only)s::bigint IS NULL OR s.id = %(only)s::bigint)
           ORDER BY s.id DESC LIMIT %(most)s""",
        {"me": identity_id, "before": before, "only": only_id, "most": limit},
    )
    lifted = await _lifted([one.id for one in found])
    for one in found:
        one.is_lifted = one.id in lifted
    return found


async def _lifted(ids: list[int]) -> set[int]:
    """Return those whose suspension or block by the user has ended, or whose server is not blocked any more."""
    if not ids:
        return set()
    rows = await sql.rows(
        f"""SELECT s.id, e.kind, e.target_name, CASE e.kind
                WHEN '{SeveranceKind.account_suspension}' THEN NOT EXISTS (SELECT 1 FROM users_identity i
                    WHERE i.id = e.identity_id AND (i.restriction = {Restriction.suspended.value} OR i.deleted_at IS NOT NULL))
                WHEN '{SeveranceKind.user_domain_block}' THEN NOT EXISTS (SELECT 1 FROM {HOST_BLOCKS} b
                    WHERE b.identity_id = e.identity_id AND b.host = e.target_name)
                ELSE e.domain_id IS NULL OR NOT {hidden_by_domain("e.domain_id", "e.target_name")} END, e.domain_id
            FROM users_severance s JOIN users_severanceevent e ON e.id = s.event_id WHERE s.id = ANY(%s::bigint[])""",
        [ids],
    )
    blocks = {name for _, kind, name, _, home in rows if kind == SeveranceKind.domain_block and home is None}
    unblocked = await peers.unblocked(blocks) if blocks else set()
    return {
        pk
        for pk, kind, name, is_over, home in rows
        if is_over and (kind != SeveranceKind.domain_block or home is not None or name in unblocked)
    }


async def severance_of(identity_id: int, severance_id: int) -> SeveranceView:
    """Return one of a user's own severances. Raises NotFound."""
    found = await severances(identity_id, only_id=severance_id, limit=1)
    if not found:
        raise NotFound
    return found[0]


async def severances_by_ids(ids: Collection[int]) -> dict[int, SeveranceView]:
    """Return the severances of notifications. Runs no query if there are none."""
    if not ids:
        return {}
    found = await sql.structs(
        SeveranceView,
        """SELECT s.id, e.kind, e.target_name, s.followers_count, s.following_count, e.state = 'purged', e.created_at
           FROM users_severance s JOIN users_severanceevent e ON e.id = s.event_id WHERE s.id = ANY(%s::bigint[])""",
        [list(ids)],
    )
    return {one.id: one for one in found}


async def severed_accounts(severance_id: int, *, is_following: bool) -> AsyncIterator[list[SeveredAccount]]:
    """Yield the lost accounts of one severance in batches, without those deleted since. Served by users_severed_follow_once."""
    after = 0
    while True:
        rows = await sql.structs(
            SeveredAccount,
            f"""SELECT l.other_id, i.username || '@' || i.host, l.shows_boosts, l.notifies,
                    CASE WHEN jsonb_typeof(l.languages) = 'array'
                         THEN array_to_string(ARRAY(SELECT jsonb_array_elements_text(l.languages)), ', ') ELSE '' END
                FROM users_severance s JOIN {SEVERED} l ON l.event_id = s.event_id AND l.identity_id = s.identity_id
                    AND l.is_following = %(following)s AND l.other_id > %(after)s
                JOIN users_identity i ON i.id = l.other_id AND i.deleted_at IS NULL
                WHERE s.id = %(id)s ORDER BY l.other_id LIMIT %(most)s""",
            {"id": severance_id, "following": is_following, "after": after, "most": ROWS_AT_ONCE},
        )
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].id
