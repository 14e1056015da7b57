"""Requests to reply to, like and boost the signed-in user's posts, and the approved ones."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.approvals.models import ApprovalGraph
from activities.approvals.queries import waiting_for
from activities.approvals.services import answering
from activities.posts.queries.posts import load_posts
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.pages.addresses import path_to
from users.identities.queries.profiles import load_profiles
from web.pages import next_path, page, query_number, redirect_with_message, signed_in

PAGE_SIZE = 20


@methods("GET")
@signed_in
async def requests(request: Request) -> HttpResponse:
    """Show pending requests, or with `show=accepted` approvals that can be revoked."""
    accepted = request.GET.get("show") == "accepted"
    state = ApprovalGraph.accepted.name if accepted else ApprovalGraph.waiting.name
    found = await waiting_for(
        request.identity, Page(limit=PAGE_SIZE, max_id=query_number(request, "max_id")), states=(state,)
    )
    ids = {id for one in found for id in (one.target_id, one.post_id) if id is not None}
    posts = {post.id: post for post in await load_posts(sorted(ids), request.identity)}
    people = await load_profiles({one.identity_id for one in found})
    rows = [
        {
            "id": one.pk,
            "kind": one.kind,
            "person": people[one.identity_id],
            "post": posts.get((one.post_id if one.kind == "reply" else one.target_id) or 0),
            "answered": posts.get(one.target_id) if one.kind == "reply" else None,
        }
        for one in found
    ]
    older = found[-1].pk if len(found) == PAGE_SIZE else None
    return page(request, "posts/requests.html", {"rows": rows, "accepted": accepted, "older": older})


@methods("POST")
@signed_in
async def accept(request: Request, approval_id: int) -> HttpResponse:
    await answering.authorize(author=request.identity, approval_id=approval_id)
    return redirect_with_message(request, next_path(request, path_to("requests")), _("Accepted."))


@methods("POST")
@signed_in
async def reject(request: Request, approval_id: int) -> HttpResponse:
    await answering.reject(author=request.identity, approval_id=approval_id)
    return redirect_with_message(
        request, next_path(request, path_to("requests")), _("Rejected. Nobody else sees it.")
    )
