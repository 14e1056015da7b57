"""Markers: the last read position in a timeline, shared between a user's apps (docs.joinmastodon.org/methods/markers)."""

from typing import Literal

import msgspec

from activities.markers import services
from activities.markers.queries import markers_of
from api.entities.marker import Marker
from api.entities.times import timestamp
from api.parameters import Id
from api.routing import Call, endpoint
from core.db import async_atomic


async def _shown(call: Call, timelines: list[str]) -> dict[str, Marker]:
    return {
        found.timeline: Marker(found.last_read_id, found.version, timestamp(found.updated_at))
        for found in await markers_of(call.me, timelines)
    }


class Timelines(msgspec.Struct):
    timeline: list[Literal["home", "notifications"]] = []


@endpoint("GET", "/api/v1/markers", scope="read:statuses", auth="user")
async def show(call: Call, asked: Timelines) -> dict[str, Marker]:
    return await _shown(call, list(asked.timeline))


class Position(msgspec.Struct):
    last_read_id: Id


class Positions(msgspec.Struct):
    home: Position | None = None
    notifications: Position | None = None


@endpoint("POST", "/api/v1/markers", scope="write:statuses", auth="user")
async def save(call: Call, positions: Positions) -> dict[str, Marker]:
    written: list[str] = []
    async with async_atomic():
        if positions.home is not None:
            await services.set_marker(
                identity=call.me, timeline="home", last_read_id=positions.home.last_read_id
            )
            written.append("home")
        if positions.notifications is not None:
            await services.set_marker(
                identity=call.me,
                timeline="notifications",
                last_read_id=positions.notifications.last_read_id,
            )
            written.append("notifications")
    return await _shown(call, written)
