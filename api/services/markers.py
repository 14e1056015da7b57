"""Reading and moving markers."""

from typing import Literal

from activities.notifications.services import notify as notifications
from activities.timelines import reading
from api.models import Marker
from core import clock
from core.db import sql
from users.identities.models import Identity

Timeline = Literal["home", "notifications"]


async def markers_of(identity: Identity, timelines: list[str]) -> list[Marker]:
    """Return the existing markers of these timelines (unique index on both)."""
    return [m async for m in Marker.objects.filter(identity=identity.pk, timeline__in=timelines)]


async def last_read_id(identity: Identity, timeline: Timeline) -> int:
    """Return the id up to which the user has read; 0 for none."""
    found = await Marker.objects.filter(identity=identity.pk, timeline=timeline).afirst()
    return int(found.last_read_id) if found is not None and found.last_read_id.isdigit() else 0


async def last_read_ids(identity: Identity) -> dict[Timeline, int]:
    """Return the ids up to which the user has read each timeline; 0 for none."""
    read: dict[Timeline, int] = {"home": 0, "notifications": 0}
    for marker in await markers_of(identity, list(read)):
        if marker.last_read_id.isdigit():
            read["home" if marker.timeline == "home" else "notifications"] = int(marker.last_read_id)
    return read


async def set_marker(*, identity: Identity, timeline: Timeline, last_read_id: int) -> None:
    """Set the marker and increment its version."""
    await sql.run(
        """INSERT INTO api_marker AS m (identity_id, timeline, last_read_id, version, updated_at) VALUES (%s, %s, %s, 1, %s)
           ON CONFLICT (identity_id, timeline) DO UPDATE
           SET last_read_id = excluded.last_read_id, version = m.version + 1, updated_at = excluded.updated_at""",
        [identity.pk, timeline, str(last_read_id), clock.now()],
    )


@notifications.on_seen
async def advance_marker(identity: Identity, notification_id: int) -> int:
    """Advance the marker to a notification that was read on a page; return where it is now."""
    is_newer = await _advance(identity, "notifications", notification_id)
    return notification_id if is_newer else await last_read_id(identity, "notifications")


@reading.on_home_read
async def advance_home(identity: Identity, post_id: int) -> None:
    """Advance the marker to a post that was read on a page."""
    await _advance(identity, "home", post_id)


async def _advance(identity: Identity, timeline: Timeline, last_read_id: int) -> bool:
    """Move a marker, never back; return whether it moved. One statement, which writes only when there is something new."""
    moved = await sql.run(
        """INSERT INTO api_marker AS m (identity_id, timeline, last_read_id, version, updated_at)
           VALUES (%s, %s, %s, 1, %s) ON CONFLICT (identity_id, timeline) DO UPDATE
           SET last_read_id = excluded.last_read_id, version = m.version + 1, updated_at = excluded.updated_at
           WHERE (length(m.last_read_id), m.last_read_id) < (length(excluded.last_read_id), excluded.last_read_id)""",
        [identity.pk, timeline, str(last_read_id), clock.now()],
    )
    return bool(moved)
