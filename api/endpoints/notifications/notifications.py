"""Single notifications (docs.joinmastodon.org/methods/notifications)."""

from typing import Annotated

import msgspec

from activities.markers.queries import last_read_id
from activities.notifications.queries import notifications as queries
from activities.notifications.queries.notifications import Choice
from activities.notifications.services import notify as notifications
from api.entities.empty import Empty
from api.entities.notification import Notification, UnreadNotificationsCount, notification
from api.pagination import NOTIFICATIONS, Cursors, link_rows
from api.parameters import Id, Limit
from api.routing import Call, endpoint
from core.db.paging import Page
from core.errors import NotFound


class NotificationPage(Cursors, kw_only=True):
    limit: Annotated[int, NOTIFICATIONS] = NOTIFICATIONS.default
    types: list[str] = []
    exclude_types: list[str] = []
    account_id: Id | None = None
    include_filtered: bool = False
    supported_types: list[str] | None = None

    def choice(self) -> Choice:
        return Choice(self.types, self.exclude_types, self.account_id, self.include_filtered)


@endpoint("GET", "/api/v1/notifications", scope="read:notifications", auth="user")
async def index(call: Call, asked: NotificationPage) -> list[Notification]:
    found = await queries.notifications(call.me, asked.page(asked.limit), asked.choice())
    link_rows(call, [view.id for view in found], limit=asked.limit)
    return [notification(view, call.viewpoint, asked.supported_types) for view in found]


class CountAsked(msgspec.Struct):
    limit: Annotated[int, Limit(100, 1000)] = 100
    types: list[str] = []
    exclude_types: list[str] = []
    account_id: Id | None = None

    def choice(self) -> Choice:
        return Choice(self.types, self.exclude_types, self.account_id)


@endpoint("GET", "/api/v1/notifications/unread_count", scope="read:notifications", auth="user")
async def unread_count(call: Call, asked: CountAsked) -> UnreadNotificationsCount:
    """Count the notifications after the `notifications` marker, up to `limit`."""
    since = await last_read_id(call.me, "notifications")
    return UnreadNotificationsCount(
        await queries.count_newer(call.me, since, asked.choice(), limit=asked.limit)
    )


class KnownTypes(msgspec.Struct):
    supported_types: list[str] | None = None


@endpoint("GET", "/api/v1/notifications/<id>", scope="read:notifications", auth="user")
async def show(call: Call, id: Id, asked: KnownTypes) -> Notification:
    found = await queries.notifications(call.me, Page(limit=1), only_id=id)
    if not found:
        raise NotFound
    return notification(found[0], call.viewpoint, asked.supported_types)


@endpoint("POST", "/api/v1/notifications/clear", scope="write:notifications", auth="user")
async def clear(call: Call) -> Empty:
    await notifications.dismiss(identity_id=call.me.pk)
    return Empty()


@endpoint("POST", "/api/v1/notifications/<id>/dismiss", scope="write:notifications", auth="user")
async def dismiss(call: Call, id: Id) -> Empty:
    if not await notifications.dismiss(identity_id=call.me.pk, notification_id=id):
        raise NotFound
    return Empty()
