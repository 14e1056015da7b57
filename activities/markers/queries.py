"""Positions in timelines. Served by the unique index on both columns."""

import datetime as dt
from typing import Literal

from activities.markers.models import Marker
from users.identities.models import Identity

# "catch_up" is none of an app's: until when somebody has caught up with what they missed on Home
Timeline = Literal["home", "notifications", "catch_up"]


async def markers_of(identity: Identity, timelines: list[str]) -> list[Marker]:
    """Return the existing markers of these timelines."""
    return [m async for m in Marker.objects.filter(identity=identity.pk, timeline__in=timelines)]


async def last_read_id(identity: Identity, timeline: Timeline) -> int:
    """Return the id up to which the user has read; 0 for none."""
    found = await Marker.objects.filter(identity=identity.pk, timeline=timeline).afirst()
    return int(found.last_read_id) if found is not None and found.last_read_id.isdigit() else 0


async def marked_at(identity: Identity, timeline: Timeline) -> dt.datetime | None:
    """Return when the marker was last moved; None if there is none."""
    found = await Marker.objects.filter(identity=identity.pk, timeline=timeline).afirst()
    return found.updated_at if found is not None else None


async def last_read_ids(identity: Identity) -> dict[Timeline, int]:
    """Return the ids up to which the user has read each timeline; 0 for none."""
    read: dict[Timeline, int] = {"home": 0, "notifications": 0}
    for marker in await markers_of(identity, list(read)):
        if marker.last_read_id.isdigit():
            read["home" if marker.timeline == "home" else "notifications"] = int(marker.last_read_id)
    return read
