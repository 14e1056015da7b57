"""Scheduled statuses (docs.joinmastodon.org/methods/scheduled_statuses). POST /api/v1/statuses makes them."""

import datetime as dt

import msgspec

from activities.scheduled_posts import services as scheduled_posts
from activities.scheduled_posts.models import ScheduledPost
from activities.scheduled_posts.queries import scheduled_post, scheduled_posts_of, uploads
from api.entities.scheduled_status import ScheduledStatus, scheduled_status
from api.pagination import StatusPage, link_rows
from api.parameters import Id
from api.routing import Call, endpoint


async def render(call: Call, rows: list[ScheduledPost]) -> list[ScheduledStatus]:
    """Render scheduled posts, with their files in one query."""
    assert call.caller is not None
    wanted = {one for row in rows for one in scheduled_posts.draft_of(row).files}
    media = await uploads(call.me, wanted)
    return [scheduled_status(row, media, call.caller.app_id) for row in rows]


@endpoint("GET", "/api/v1/scheduled_statuses", scope="read:statuses", auth="user")
async def index(call: Call, page: StatusPage) -> list[ScheduledStatus]:
    rows = await scheduled_posts_of(call.me, page.here())
    link_rows(call, [row.pk for row in rows], limit=page.limit)
    return await render(call, rows)


@endpoint("GET", "/api/v1/scheduled_statuses/<id>", scope="read:statuses", auth="user")
async def show(call: Call, id: Id) -> ScheduledStatus:
    return (await render(call, [await scheduled_post(call.me, id)]))[0]


class Change(msgspec.Struct):
    scheduled_at: dt.datetime | None = None


@endpoint("PUT", "/api/v1/scheduled_statuses/<id>", scope="write:statuses", auth="user")
async def update(call: Call, id: Id, to: Change) -> ScheduledStatus:
    row = await scheduled_post(call.me, id)
    if to.scheduled_at is not None:
        row = await scheduled_posts.reschedule(author=call.me, scheduled_id=id, scheduled_at=to.scheduled_at)
    return (await render(call, [row]))[0]


class Empty(msgspec.Struct):
    """An empty object."""


@endpoint("DELETE", "/api/v1/scheduled_statuses/<id>", scope="write:statuses", auth="user")
async def cancel(call: Call, id: Id) -> Empty:
    await scheduled_posts.cancel(author=call.me, scheduled_id=id)
    return Empty()
