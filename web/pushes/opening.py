"""Redirects from a pushed notification to its post or profile."""

from django.http import HttpResponse, HttpResponseRedirect

from activities.notifications.models import NotificationKind
from activities.notifications.queries.notifications import NotificationView, notifications, owner_among
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.pages.addresses import path_to
from users.logins.queries import identities_of
from web.pages import page, signed_in
from web.paths import post_path, profile_path

_ELSEWHERE = {
    NotificationKind.follow_request: "follow-requests",
    NotificationKind.pending_reply: "requests",
    NotificationKind.pending_favourite: "requests",
    NotificationKind.pending_reblog: "requests",
    NotificationKind.scheduled_failed: "scheduled",
    NotificationKind.moderation_warning: "settings-warnings",
    NotificationKind.severed_relationships: "settings-severances",
    NotificationKind.admin_report: "admin-reports",
    NotificationKind.admin_sign_up: "admin-sign-ups",
}


@methods("GET")
@signed_in
async def open_notification(request: Request, notification_id: int) -> HttpResponse:
    """Redirect to the subject of a notification; confirm first if it is for another identity of the login. A deleted one redirects to the list."""
    found = await notifications(request.identity, Page(limit=1), only_id=notification_id)
    if found:
        return HttpResponseRedirect(_place(request, found[0]))
    mine = {one.pk: one for one in await identities_of(request.user)}
    owner = await owner_among(notification_id, list(mine))
    if owner is None or owner == request.identity.pk:
        return HttpResponseRedirect(path_to("notifications"))
    return page(request, "pushes/other_identity.html", {"person": mine[owner]})


def _place(request: Request, view: NotificationView) -> str:
    if view.kind in _ELSEWHERE:
        return path_to(_ELSEWHERE[NotificationKind(view.kind)])
    if view.post is not None:
        return post_path(request.domain, view.post.shown.author, view.post.shown.id)
    if view.collection_id is not None:
        return path_to("collection", collection_id=view.collection_id)
    return profile_path(request.domain, view.actor)
