"""The notifications of the signed-in person."""

from collections.abc import Mapping

from django.http import HttpResponse
from msgspec.structs import replace

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.notifications.queries import notifications as reads
from activities.notifications.queries.notifications import NotificationView
from activities.notifications.services import notify as notify_
from activities.posts.queries.views import PostView
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, signed_in
from web.timelines.timelines import PAGE_SIZE, requested_page

_ONLY_A_POST = frozenset({"mention", "status"})


@methods("GET")
@signed_in
async def notifications(request: Request) -> HttpResponse:
    only = {"mentions": ("mention",)}.get(request.GET.get("show", ""), ())
    found = await reads.notifications(request.identity, requested_page(request), reads.Choice(only))
    posts = await apply_filters(
        [one.post for one in found if one.post], request.identity, FilterContext.notifications
    )
    if found and "max_id" not in request.GET and not only:
        await notify_.mark_seen(identity=request.identity, notification_id=found[0].id)
        request.unread_notifications = 0
    kept = {post.id: post for post in posts}
    context = {
        "notifications": [shown for one in found if (shown := _shown(one, kept)) is not None],
        "only_mentions": bool(only),
        "older": found[-1].id if len(found) >= PAGE_SIZE else None,
    }
    return page(request, "timelines/notifications.html", context)


def _shown(one: NotificationView, kept: Mapping[int, PostView]) -> NotificationView | None:
    """Return a notification with its post as the reader's filters want it; None when they hide the post."""
    if one.post is None:
        return None if one.kind in _ONLY_A_POST else one
    post = kept.get(one.post.id)
    return None if post is None else replace(one, post=post)


@methods("POST")
@signed_in
async def clear(request: Request) -> HttpResponse:
    await notify_.dismiss(identity_id=request.identity.pk)
    return redirect_with_message(request, path_to("notifications"), "Notifications cleared.")
