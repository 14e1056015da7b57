"""Relationships between identities, and lists of followers, blocks and mutes.

Callers give lists to their owner only, or check `hides_follows`; for everybody else hidden and absent are indistinguishable.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import msgspec

from core.db import sql
from core.db.paging import Page
from core.db.statements import Statement
from users.identities.models import Identity
from users.identities.queries.predicates import and_reachable, is_active
from users.relations.queries.predicates import (
    BLOCKS,
    FOLLOWS,
    MUTES,
    blocks,
    either_blocks,
    follows,
    hides_host,
    is_accepted,
    is_followed_here,
    is_live,
)

BETWEEN = Statement(
    "relations.between",
    "The relations between a person and each of these people.",
    "users_follow_pair",
    "users_block_pair",
    "users_mute_pair",
    "users_host_block_pair",
)
INBOXES = Statement(
    "relations.followers_inboxes", "The next inboxes of somebody's followers.", "users_follow_target"
)
LISTED = Statement(
    "relations.listed",
    "A page of follows, requests, blocks or mutes.",
    "users_follow_target",
    "users_follow_source",
    "users_block_source",
    "users_mute_source",
)

# --- who follows, asks, blocks, mutes whom: (row id, identity id), newest first --------------------------------------


class Cursor(TypedDict, total=False):
    """The fields of a Page, as arguments; without any, the first forty."""

    limit: int
    max_id: int | None
    since_id: int | None
    min_id: int | None


MAX_LOOKED_AT = 2000
"""Rows of a list that are read for a page of it while some people are hidden: after so many of blocked servers in a row it ends."""


async def _listed(
    table: str, column: str, other: str, owner: int, cursor: Cursor, extra: str = "", reachable: str = ""
) -> list[tuple[int, int]]:
    page = Page(cursor.get("limit", 40), cursor.get("max_id"), cursor.get("since_id"), cursor.get("min_id"))
    listed = f"SELECT r.* FROM {table} r WHERE r.{column} = %(owner)s {extra}{page.where('r.id')}"
    if reachable:
        listed += page.order("r.id", limit="most")
    rows = await sql.rows(
        LISTED(
            f"""SELECT r.id, r.{other} FROM ({listed}) r JOIN users_identity i ON i.id = r.{other}
                WHERE {is_active("i")}{reachable}{page.order("r.id")}""",
            page.params(),
            owner=owner,
            most=MAX_LOOKED_AT,
        )
    )
    return page.newest_first([(row[0], row[1]) for row in rows], lambda row: row[0])


_ACCEPTED = f"AND {is_accepted('r')}"
_WAITING = f"AND NOT {is_accepted('r')}"
_LIVE = f"AND {is_live('r')}"


async def followers_of(identity_id: int, **cursor: Unpack[Cursor]) -> list[tuple[int, int]]:
    """Return accepted followers, of servers that are not blocked (users_follow_target)."""
    reachable = await and_reachable("i")
    return await _listed(FOLLOWS, "target_id", "source_id", identity_id, cursor, _ACCEPTED, reachable)


async def following_of(identity_id: int, **cursor: Unpack[Cursor]) -> list[tuple[int, int]]:
    """Return accepted follows by this identity, of actors on servers that are not blocked (users_follow_source)."""
    reachable = await and_reachable("i")
    return await _listed(FOLLOWS, "source_id", "target_id", identity_id, cursor, _ACCEPTED, reachable)


async def all_follows_of(identity_id: int, **cursor: Unpack[Cursor]) -> list[tuple[int, int]]:
    """Return accepted follows by this identity, including those of blocked servers: for its export (users_follow_source)."""
    return await _listed(FOLLOWS, "source_id", "target_id", identity_id, cursor, _ACCEPTED)


async def follow_requests_of(identity_id: int, **cursor: Unpack[Cursor]) -> list[tuple[int, int]]:
    """Return requests to follow this identity (users_follow_target)."""
    return await _listed(FOLLOWS, "target_id", "source_id", identity_id, cursor, _WAITING)


async def blocks_of(identity_id: int, **cursor: Unpack[Cursor]) -> list[tuple[int, int]]:
    """Return blocks by this identity (users_block_source)."""
    return await _listed(BLOCKS, "source_id", "target_id", identity_id, cursor)


async def mutes_of(identity_id: int, **cursor: Unpack[Cursor]) -> list[tuple[int, int]]:
    """Return mutes by this identity that are in effect (users_mute_source)."""
    return await _listed(MUTES, "source_id", "target_id", identity_id, cursor, _LIVE)


async def ends_of_mutes(identity_id: int, target_ids: Sequence[int]) -> dict[int, dt.datetime | None]:
    """Return when mutes of these accounts expire, None for never. Served by users_mute_pair."""
    return dict(
        await sql.rows(
            f"SELECT target_id, expires_at FROM {MUTES} WHERE source_id = %s AND target_id = ANY(%s)",
            [identity_id, target_ids],
        )
    )


class Relationship(msgspec.Struct, frozen=True):
    """The relation between the viewer and the identity `id`, from the viewer's side (Mastodon's entity of that name)."""

    id: int
    following: bool = False
    showing_reblogs: bool = False
    notifying: bool = False
    languages: list[str] | None = None
    followed_by: bool = False
    requested: bool = False
    requested_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""


async def relationships(viewer: Identity, ids: Sequence[int]) -> list[Relationship]:
    """Return one relationship for each id, in their order, in one query (the unique pairs of follow, block and mute)."""
    if not ids:
        return []
    rows = await sql.rows(
        BETWEEN(
            f"""SELECT t.id,
               coalesce({is_accepted("f")}, false),
               coalesce(f.shows_boosts, false), coalesce(f.notifies, false), f.languages::text,
               coalesce({is_accepted("r")}, false),
               f.id IS NOT NULL AND NOT {is_accepted("f")},
               r.id IS NOT NULL AND NOT {is_accepted("r")},
               {blocks("%(me)s", "t.id", fenced=True)}, {blocks("t.id", "%(me)s", fenced=True)}, m.id IS NOT NULL, coalesce(m.hides_notifications, false),
               {hides_host("%(me)s", "t.id", fenced=True)},
               EXISTS (SELECT 1 FROM users_endorsement e WHERE e.source_id = %(me)s AND e.target_id = t.id),
               coalesce(n.text, '')
        FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS t(id, place)
        LEFT JOIN {FOLLOWS} f ON f.source_id = %(me)s AND f.target_id = t.id
        LEFT JOIN {FOLLOWS} r ON r.source_id = t.id AND r.target_id = %(me)s
        LEFT JOIN {MUTES} m ON m.source_id = %(me)s AND m.target_id = t.id
             AND {is_live("m")}
        LEFT JOIN users_accountnote n ON n.source_id = %(me)s AND n.target_id = t.id
        ORDER BY t.place""",
            ids=ids,
            me=viewer.pk,
        )
    )
    return [_relationship(row) for row in rows]


async def relations_to(viewer: Identity | None, ids: Sequence[int]) -> dict[int, Relationship]:
    """Return the viewer's relationships with other identities, by id; none for an anonymous viewer or to themselves."""
    if viewer is None:
        return {}
    return {one.id: one for one in await relationships(viewer, [id_ for id_ in ids if id_ != viewer.pk])}


def _relationship(row: tuple[Any, ...]) -> Relationship:
    values = list(row)
    values[4] = msgspec.json.decode(values[4]) if values[4] else None
    return Relationship(*values)


async def does_follow(source_id: int, target_id: int) -> bool:
    """Return whether one follows the other, accepted."""
    pair = {"source": source_id, "target": target_id}
    return bool(await sql.value(f"SELECT {follows('%(source)s', '%(target)s')}", pair))


async def has_block_between(one: int, other: int) -> bool:
    """Return whether either blocks the other."""
    return bool(await sql.value(f"SELECT {either_blocks('%(a)s', '%(b)s')}", {"a": one, "b": other}))


_FOLLOWERS_INBOXES = f"""
    SELECT min(f.id), count(*), coalesce(array_agg(DISTINCT coalesce(nullif(i.shared_inbox_url, ''), i.inbox_url)) FILTER (WHERE
        {is_accepted("f")} AND i.domain_id IS NULL AND i.deleted_at IS NULL AND i.inbox_url <> ''), '{{}}')
    FROM (SELECT id, source_id, accepted_at FROM {FOLLOWS} WHERE target_id = %(target)s AND id < %(before)s
          ORDER BY id DESC LIMIT %(piece)s) f JOIN users_identity i ON i.id = f.source_id
"""


async def has_local_followers(identity: Identity) -> bool:
    """Return whether an identity has local followers (users_follow_target)."""
    return bool(await sql.value(f"SELECT {is_followed_here('%s')}", [identity.pk]))


async def followers_inboxes(
    identity_id: int, *, before: int | None, piece: int
) -> tuple[list[str], int | None]:
    """Return the inboxes of the next `piece` followers before a follow's id, and the id to continue from, None at the end.

    Shared inboxes are returned once per batch; later batches may repeat them. Served by users_follow_target.
    """
    last, count, inboxes = (
        await sql.rows(
            INBOXES(_FOLLOWERS_INBOXES, target=identity_id, before=before or 2**63 - 1, piece=piece)
        )
    )[0]
    return inboxes, last if count == piece else None
