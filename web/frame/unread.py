"""The counts in the navigation of pages: unread notifications (apps and pages share the read marker), and items waiting for staff."""

from django.http import HttpResponse

from activities.markers.queries import last_read_ids
from activities.notifications.queries.notifications import count_newer
from activities.reviews.queries import waiting_trends
from activities.shelter.queries.held import HELD
from core.asgi import Request
from core.asgi.application import Next
from core.db.sql import Sql
from core.pages.addresses import path_to
from users.moderation.queries import NOTHING, waiting
from users.roles.models import Permission

MAX_COUNTED = 100  # counted


async def unread_counts(request: Request, call: Next) -> HttpResponse:
    """Set `request.unread_notifications`, `seen_notification` and `read_home` for signed-in users, and the items waiting for staff.

    Two queries for a page, three for staff, none for other responses.
    """
    is_page = (
        request.method == "GET"
        and "text/html" in request.META.get("HTTP_ACCEPT", "")
        and "HTTP_HX_REQUEST" not in request.META
    )
    if is_page and request.identity is not None:
        read = await last_read_ids(request.identity)
        seen, request.read_home = read["notifications"], read["home"]
        request.seen_notification = seen
        request.unread_notifications = await count_newer(request.identity, seen, limit=MAX_COUNTED)
    if is_page and request.user is not None and request.user.acts_as_staff:
        trends = held = NOTHING
        if request.path.startswith(path_to("admin")):
            if request.user.may(Permission.manage_taxonomies, request.domain.pk):
                trends = waiting_trends(request.domain.pk)
            if request.user.may(Permission.manage_reports):
                held = HELD
        work = await waiting(request.user, Sql.of(f"{trends}, {held}", trends, held))
        request.open_reports, request.open_appeals = work.reports, work.appeals
        request.waiting_sign_ups = work.sign_ups
        request.waiting_trends, request.held_posts = work.more
    return await call(request)
