"""Moving markers."""

from activities.markers.events import on_notifications_read
from activities.markers.queries import Timeline
from core import clock
from core.db import sql
from users.identities.models import Identity


async def set_marker(*, identity: Identity, timeline: Timeline, last_read_id: int) -> None:
    """Set the marker and increment its version."""
    await sql.run(
        """INSERT INTO api_marker AS m (identity_id, timeline, last_read_id, version, updated_at) VALUES (%s, %s, %s, 1, %s)
           ON CONFLICT (identity_id, timeline) DO UPDATE
           SET last_read_id = excluded.last_read_id, version = m.version + 1, updated_at = excluded.updated_at""",
        [identity.pk, timeline, str(last_read_id), clock.now()],
    )
    await _announce(identity, timeline)


async def advance(*, identity: Identity, timeline: Timeline, last_read_id: int) -> bool:
    """Move a marker, never back; return whether it moved. One statement, which writes only if the position is newer."""
    moved = await sql.run(
        """INSERT INTO api_marker AS m (identity_id, timeline, last_read_id, version, updated_at)
           VALUES (%s, %s, %s, 1, %s) ON CONFLICT (identity_id, timeline) DO UPDATE
           SET last_read_id = excluded.last_read_id, version = m.version + 1, updated_at = excluded.updated_at
           WHERE (length(m.last_read_id), m.last_read_id) < (length(excluded.last_read_id), excluded.last_read_id)""",
        [identity.pk, timeline, str(last_read_id), clock.now()],
    )
    if moved:
        await _announce(identity, timeline)
    return bool(moved)


async def _announce(identity: Identity, timeline: Timeline) -> None:
    if timeline == "notifications":
        await on_notifications_read.emit(identity)
