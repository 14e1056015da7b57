"""The count of unread notifications in the navigation of pages. Apps and pages share the marker of the last read one."""

from django.http import HttpResponse

from activities.notifications.queries.notifications import count_newer
from api.services import markers
from core.asgi import Request
from core.asgi.application import Next

MAX_COUNTED = 100  # counted


async def unread_counts(request: Request, call: Next) -> HttpResponse:
    """Set `request.unread_notifications` and `seen_notification` for signed-in users. Two queries for a page, none for other responses."""
    if (
        request.identity is not None
        and request.method == "GET"
        and "text/html" in request.META.get("HTTP_ACCEPT", "")
        and "HTTP_HX_REQUEST" not in request.META
    ):
        seen = await markers.last_read_id(request.identity, "notifications")
        request.seen_notification = seen
        request.unread_notifications = await count_newer(request.identity, seen, limit=MAX_COUNTED)
    return await call(request)
