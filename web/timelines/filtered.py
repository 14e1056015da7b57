"""Filtered notifications: one row per account whose notifications the policy filters, to accept or dismiss."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.notifications.queries import requests as reads
from activities.notifications.services import policy
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, signed_in
from web.paging import PAGE_SIZE, requested_page


@methods("GET")
@signed_in
async def filtered(request: Request) -> HttpResponse:
    found = await reads.requests(request.identity, requested_page(request))
    last = [one.last_post for one in found if one.last_post is not None]
    kept = {
        post.id: post for post in await apply_filters(last, request.identity, FilterContext.notifications)
    }
    context = {
        "rows": [(one, kept.get(one.last_post_id or 0)) for one in found],
        "older": found[-1].id if len(found) >= PAGE_SIZE else None,
    }
    return page(request, "timelines/filtered.html", context)


@methods("POST")
@signed_in
async def accept(request: Request, request_id: int) -> HttpResponse:
    await policy.accept_requests(identity=request.identity, request_ids=[request_id], strict=True)
    words = _("Accepted. This account's notifications reach you from now on.")
    return redirect_with_message(request, path_to("notifications-filtered"), words)


@methods("POST")
@signed_in
async def dismiss(request: Request, request_id: int) -> HttpResponse:
    await policy.dismiss_requests(identity=request.identity, request_ids=[request_id], strict=True)
    return redirect_with_message(request, path_to("notifications-filtered"), _("Dismissed."))
