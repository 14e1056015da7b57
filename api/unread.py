"""The counts in the navigation of pages: unread notifications (apps and pages share the marker of the last read one), and what waits for staff."""

from django.http import HttpResponse

from activities.notifications.queries.notifications import count_newer
from api.services import markers
from core.asgi import Request
from core.asgi.application import Next
from users.moderation.queries import waiting

MAX_COUNTED = 100  # counted


async def unread_counts(request: Request, call: Next) -> HttpResponse:
    """Set `request.unread_notifications`, `seen_notification` and `read_home` for signed-in users, and what waits for staff.

    Two queries for a page, three for staff, none for other responses.
    """
    is_page = (
        request.method == "GET"
        and "text/html" in request.META.get("HTTP_ACCEPT", "")
        and "HTTP_HX_REQUEST" not in request.META
    )
    if is_page and request.identity is not None:
        read = await markers.last_read_ids(request.identity)
        seen, request.read_home = read["notifications"], read["home"]
        request.seen_notification = seen
        request.unread_notifications = await count_newer(request.identity, seen, limit=MAX_COUNTED)
    if is_page and request.user is not None and request.user.acts_as_staff:
        work = await waiting(request.user)
        request.open_reports, request.open_appeals = work.reports, work.appeals
        request.waiting_sign_ups = work.sign_ups
    return await call(request)
