"""Queries for imported follows. Visible to their owner only."""

import msgspec

from core.db import sql
from users.identities.models import Identity
from users.imports.models import FollowImport, FollowImportGraph

_IMPORTS = sql.table(FollowImport)
SHOWN = 50


class ImportProgress(msgspec.Struct):
    """The counts of an import. `missing` are up to SHOWN addresses that were not followed, with the stored errors, empty if no server answered."""

    waiting: int
    followed: int
    missing: list[tuple[str, str]]

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.followed or self.missing)


async def import_progress(identity: Identity) -> ImportProgress:
    """Return the progress of the last week's imports, at most MAX_WAITING rows. Served by users_follow_import_address."""
    rows = await sql.rows(
        f"SELECT address, state, reason FROM {_IMPORTS} WHERE identity_id = %s ORDER BY lower(address)",
        [identity.pk],
    )
    states = [state for _, state, _ in rows]
    missing = [
        (address, reason)
        for address, state, reason in rows
        if state in {FollowImportGraph.refused.name, FollowImportGraph.failed.name}
    ]
    return ImportProgress(
        states.count(FollowImportGraph.waiting.name),
        states.count(FollowImportGraph.followed.name),
        missing[:SHOWN],
    )
