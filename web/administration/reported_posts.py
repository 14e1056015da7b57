"""Reports and their posts, for moderators to read and delete."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.reports import queries as reported
from activities.reports import services
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from users.collections.queries import collections_by_ids
from users.moderation.queries import report_by_id
from users.moderation.queries import reports as read_reports
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.pages import for_staff, query_number, redirect_with_message

REPORTS = 40


@methods("GET")
@for_staff(Permission.manage_reports)
async def reports(request: Request) -> HttpResponse:
    resolved = request.GET.get("show") == "resolved"
    scope = request.user.scope(Permission.manage_reports)
    found = await read_reports(
        scope=scope, resolved=resolved, before=query_number(request, "max_id"), limit=REPORTS
    )
    posts = await reported.posts_of_reports(found, request.identity)
    named = await collections_by_ids({each for one in found for each in one.collection_ids}, None)
    context = {
        "items": [
            (one, posts.get(one.id, []), [named[each] for each in one.collection_ids if each in named])
            for one in found
        ],
        "resolved": resolved,
        "older": found[-1].id if len(found) >= REPORTS else None,
    }
    return operators_page(request, "reports/reports", context)


def _chosen(request: Request) -> set[int]:
    """Return the posts that were ticked; what is no id is nobody's post."""
    return {int(text) if text.isdecimal() and len(text) < 19 else 0 for text in request.POST.getlist("post")}


async def _delete(request: Request, report_id: int) -> str | HttpResponse:
    """Delete the ticked posts; returns where to go next, or why nothing was deleted."""
    chosen, settles = _chosen(request), request.POST.get("settles") == "yes"
    try:
        deleted = await services.delete_reported(
            moderator=request.user, report_id=report_id, post_ids=chosen, settles=settles
        )
    except BadInput:
        return (
            _("These posts were deleted already.") if chosen else _("Tick the posts that you want to delete.")
        )
    if settles:
        back = path_to("admin-reports")
    else:
        back = path_to("admin-reports-posts", report_id=report_id)
    return redirect_with_message(request, back, ngettext("Post deleted.", "Posts deleted.", len(deleted)))


@methods("GET", "POST")
@for_staff(Permission.manage_reports)
async def reported_posts(request: Request, report_id: int) -> HttpResponse:
    problem: str | HttpResponse = ""
    if request.method == "POST":
        problem = await _delete(request, report_id)
    if isinstance(problem, HttpResponse):
        return problem
    report = await report_by_id(report_id, request.user.scope(Permission.manage_reports))
    if report is None:
        raise NotFound(_("There is no such report."))
    posts = await reported.reported_posts(report, request.identity)
    missing = len(report.post_uris) - len(posts)
    context = {"report": report, "posts": posts, "missing": missing, "problem": problem, "section": "reports"}
    return operators_page(request, "reports/reported_posts", context, status=422 if problem else 200)
