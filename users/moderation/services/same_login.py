"""Limits and covered media of a login's other identities: they come with those of the identity that staff acted on, and go with them."""

from collections.abc import Mapping

from core.db import sql
from users.audit.models import Act
from users.audit.services import Target, record
from users.identities.models import Identity, Restriction

_MOST = 100  # identities at once

# The identities that the makers of an identity made; what others shared with them is left alone. Staff may be behind one, as a second owner,
# and outrank whoever acts: those are acted on by name only. Indexes on users_identityaccess.identity_id, users_identity_access_pair.
_OTHERS = """
    SELECT o.identity_id FROM users_identityaccess a JOIN users_identityaccess o ON o.user_id = a.user_id
    WHERE a.identity_id = %(source)s AND a.is_owner AND a.label = '' AND o.is_owner AND o.label = '' AND o.identity_id <> %(source)s
    AND NOT EXISTS (
        SELECT 1 FROM users_identityaccess t JOIN users_user u ON u.id = t.user_id WHERE t.identity_id = o.identity_id AND u.is_staff
        AND NOT EXISTS (SELECT 1 FROM users_identityaccess s WHERE s.identity_id = %(source)s AND s.user_id = t.user_id))
    ORDER BY o.identity_id LIMIT %(most)s
"""
# by staff; a suspension restricts the login instead
_LIMITED = f"(CASE WHEN {{0}}.leaves_at IS NULL THEN {{0}}.restriction = {Restriction.limited:d} ELSE {{0}}.stays_limited END)"
_RETURNING = "RETURNING i.id, i.username || '@' || i.host, i.domain_id"


def _held_by(column: str, applies: str) -> str:
    """Return the identities with this source, and the next source of each: another one of its login on which staff decided the same."""
    return f"""(
        SELECT h.id, (
            SELECT c.id FROM users_identityaccess a JOIN users_identityaccess o ON o.user_id = a.user_id
            JOIN users_identity c ON c.id = o.identity_id
            WHERE a.identity_id = h.id AND a.is_owner AND a.label = '' AND o.is_owner AND o.label = '' AND c.id NOT IN (h.id, %(source)s)
            AND c.deleted_at IS NULL AND c.{column} IS NULL AND {applies.format("c")} ORDER BY c.id LIMIT 1) AS source
        FROM users_identity h WHERE h.{column} = %(source)s AND h.deleted_at IS NULL)"""


_LIMIT = f"""
    UPDATE users_identity i SET limited_with = %(source)s, stays_limited = i.leaves_at IS NOT NULL,
        restriction = CASE WHEN i.leaves_at IS NULL THEN {Restriction.limited:d} ELSE i.restriction END
    WHERE i.id IN ({_OTHERS}) AND i.deleted_at IS NULL AND NOT {_LIMITED.format("i")}
    AND (i.restriction = {Restriction.none:d} OR i.leaves_at IS NOT NULL) {_RETURNING}
"""
# index users_identity_limited_with
_FREE = f"""
    WITH held AS (
        UPDATE users_identity i SET limited_with = n.source, stays_limited = i.stays_limited AND n.source IS NOT NULL,
            restriction = CASE WHEN i.leaves_at IS NULL AND n.source IS NULL THEN {Restriction.none:d} ELSE i.restriction END
        FROM {_held_by("limited_with", _LIMITED)} n WHERE n.id = i.id {_RETURNING}, n.source)
    SELECT * FROM held WHERE source IS NULL
"""
_COVER = f"""
    UPDATE users_identity i SET is_sensitized = true, sensitized_with = %(source)s
    WHERE i.id IN ({_OTHERS}) AND i.deleted_at IS NULL AND NOT i.is_sensitized {_RETURNING}
"""
# index users_identity_covered_with
_UNCOVER = f"""
    WITH held AS (
        UPDATE users_identity i SET is_sensitized = n.source IS NOT NULL, sensitized_with = n.source
        FROM {_held_by("sensitized_with", "{0}.is_sensitized")} n WHERE n.id = i.id {_RETURNING}, n.source)
    SELECT * FROM held WHERE source IS NULL
"""


async def lock_with_others(identity_id: int) -> None:
    """Lock an identity and those of the same logins that an act on it changes, in the order of their ids.

    Staff who act on two of them at once would wait for each other otherwise. References to a locked row can still be stored: who freezes
    the login warns its identity. In a transaction, before any other of these rows is locked.
    """
    await sql.run(
        f"""SELECT 1 FROM users_identity WHERE id IN (
                SELECT %(source)s::bigint UNION ALL ({_OTHERS})
                UNION ALL SELECT id FROM users_identity WHERE limited_with = %(source)s
                UNION ALL SELECT id FROM users_identity WHERE sensitized_with = %(source)s)
            ORDER BY id FOR NO KEY UPDATE""",
        {"source": identity_id, "most": _MOST},
    )


async def follow_limit(identity: Identity, restriction: Restriction, *, by: int | None) -> None:
    """Limit the other identities of a limited one's logins, or free those that were limited with it. A suspension changes neither.

    Runs in the transaction of the act, after it.
    """
    if identity.limited_with is not None:  # staff decided on it by name now
        identity.limited_with = None
        await identity.asave(update_fields=["limited_with"])
    if restriction != Restriction.suspended:
        before = Restriction.none if restriction == Restriction.limited else Restriction.limited
        await _follow(
            _LIMIT if restriction == Restriction.limited else _FREE,
            identity,
            Act.restrict_person,
            by,
            {"restriction": restriction.name, "before": before.name},
        )


async def follow_covering(identity: Identity, is_sensitized: bool, *, by: int | None = None) -> None:
    """Cover the media of the other identities of its logins, or show what was covered with it. In the transaction of the act, after it."""
    details = {"is_sensitized": is_sensitized}
    await _follow(_COVER if is_sensitized else _UNCOVER, identity, Act.cover_media, by, details)


async def _follow(
    query: str, identity: Identity, act: Act, by: int | None, details: Mapping[str, object]
) -> None:
    """Run the statement and record what it did, without the name of the first identity: it may be of a domain with other staff."""
    for pk, handle, domain_id, *_ in await sql.rows(query, {"source": identity.pk, "most": _MOST}):
        target = Target("person", pk, handle)
        await record(act, target, by=by, domain_id=domain_id, details={**details, "same_login": True})
