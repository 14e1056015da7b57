"""Known identities that the handles in a text refer to. No other server is asked."""

from collections.abc import Collection
from typing import NamedTuple

from core.db import sql
from core.texts import Handle
from users.identities.queries.predicates import is_active


class Mentioned(NamedTuple):
    id: int
    uri: str
    profile_url: str
    domain_id: int | None


async def find_mentioned(wanted: Collection[Handle]) -> dict[Handle, Mentioned]:
    """Return the known identities with these handles, except deleted and suspended ones. Served by users_identity_handle."""
    if not wanted:
        return {}
    found = await sql.rows(
        f"""SELECT w.username, w.host, i.id, i.uri, coalesce(nullif(i.profile_url, ''), i.uri), i.domain_id
            FROM unnest(%(usernames)s::text[], %(hosts)s::text[]) AS w (username, host)
            JOIN users_identity i ON lower(i.username) = w.username AND lower(i.host) = w.host
            WHERE {is_active("i")}""",
        {"usernames": [handle.username for handle in wanted], "hosts": [handle.host for handle in wanted]},
    )
    return {Handle(row[0], row[1]): Mentioned(*row[2:]) for row in found}
