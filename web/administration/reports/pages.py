"""Reports and their posts, for moderators to read, delete and mark."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.posts.queries.views import PostView
from activities.reports import queries as reported
from activities.reports import services
from activities.timelines.queries.timelines import profile_posts
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from core.errors import BadInput, NotFound
from core.pages.addresses import path_to
from users.collections.queries import collections_by_ids
from users.logins.services.staff import outranks
from users.moderation.queries import ReportView, report_beside_others, reports_about, warnings_about
from users.moderation.queries import reports as read_reports
from users.moderation.queries.desk import desk
from users.roles.models import Permission
from web.administration.acting.forms import NoteForm, message_of
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import for_staff, query_number, redirect_with_message

REPORTS = 40
NEWEST = 5  # posts of a person, with a report that names none


@methods("GET")
@for_staff(Permission.manage_reports)
async def reports(request: Request) -> HttpResponse:
    """Show a page of reports and open the first one, except on phones."""
    resolved = request.GET.get("show") == "resolved"
    before, scope = query_number(request, "max_id"), request.user.scope(Permission.manage_reports)
    found = await read_reports(scope=scope, resolved=resolved, before=before, limit=REPORTS)
    opened = await _opened(request, found[0]) if found else {}
    context = {**_listed(found, resolved=resolved, before=before), **opened, "is_list": True}
    return operators_page(request, "reports/reports", context)


def _listed(found: list[ReportView], *, resolved: bool, before: int | None) -> dict[str, Any]:
    query = ({"show": "resolved"} if resolved else {}) | ({"max_id": before} if before else {})
    return {
        "items": found,
        "resolved": resolved,
        "older": found[-1].id if len(found) >= REPORTS else None,
        "page_query": f"?{urlencode(query)}" if query else "",
    }


async def _opened(request: Request, report: ReportView) -> dict[str, Any]:
    """Return the contents of a report: its posts, collections, and other reports about the same user."""
    posts = await reported.reported_posts(report, request.identity)
    scope = request.user.scope(Permission.manage_reports)
    newest: list[PostView] = []
    if not report.post_uris:  # about the person: what they write says more than their name
        newest = await profile_posts(
            report.target.id, request.identity, Page(limit=NEWEST), exclude_boosts=True
        )
    return {
        "newest": newest,
        "report": report,
        "posts": posts,
        "missing": len(report.post_uris) - len(posts),
        "collections": (await collections_by_ids(set(report.collection_ids), None)).values(),
        "warnings": await warnings_about(report.target.id) if report.target.is_local else [],
        "others": await reports_about(report.target.id, scope, besides=report.id),
        "note_form": NoteForm(),
        **await _desk(request, report),
    }


async def _desk(request: Request, report: ReportView) -> dict[str, Any]:
    """Return what the reader may do to the reported user, and what staff know and wrote about them."""
    home = report.domain_id if report.target.is_local else None
    read = await desk(
        request.user,
        report.target.id,
        domain_id=report.domain_id,
        permission=Permission.manage_reports,
        shares=True,
    )
    owner = read.owner if report.target.is_local else None
    may_freeze = owner is not None and owner.id != request.user.pk and outranks(request.user, owner.login)
    return {
        "may_restrict": request.user.may(Permission.manage_users, home),
        "notes": read.notes,
        "colleagues": read.colleagues,
        "presets": read.presets,
        "owner": owner,
        "freezable": owner if may_freeze else None,
    }


def _chosen(request: Request) -> set[int]:
    """Return the ticked posts; ignores invalid ids."""
    return {int(text) if text.isdecimal() and len(text) < 19 else 0 for text in request.POST.getlist("post")}


async def _act(request: Request, report_id: int) -> str | HttpResponse:
    """Delete the ticked posts, or mark them; returns where to go next, or why nothing was done."""
    chosen, resolves = _chosen(request), request.POST.get("resolves") == "yes"
    marks = request.POST.get("action") == "sensitive"
    act = services.mark_reported if marks else services.delete_reported
    try:
        posts = await act(
            moderator=request.user,
            report_id=report_id,
            post_ids=chosen,
            resolves=resolves,
            message=await message_of(request),
        )
    except BadInput as problem:
        if not chosen:
            return _("Tick the posts that you want to delete or mark.")
        return _("These posts were deleted already.") if problem.code == "blank" else error_message(problem)
    if resolves:
        back = path_to("admin-reports")
    else:
        back = path_to("admin-report", report_id=report_id)
    done = ngettext("Post deleted.", "Posts deleted.", len(posts))
    if marks:
        done = ngettext("Post marked as sensitive.", "Posts marked as sensitive.", len(posts))
    return redirect_with_message(request, back, done)


@methods("GET", "POST")
@for_staff(Permission.manage_reports)
async def report(request: Request, report_id: int) -> HttpResponse:
    """Show a report next to the others of its kind, and delete or mark the ticked posts."""
    problem: str | HttpResponse = ""
    if request.method == "POST":
        problem = await _act(request, report_id)
    if isinstance(problem, HttpResponse):
        return problem
    scope = request.user.scope(Permission.manage_reports)
    before = query_number(request, "max_id")
    shown, found = await report_beside_others(report_id, scope, before=before, limit=REPORTS)
    if shown is None:
        raise NotFound(_("There is no such report."))
    listed = _listed(found, resolved=shown.resolved_at is not None, before=before)
    context = {**listed, **await _opened(request, shown), "problem": problem}
    return operators_page(request, "reports/reports", context, status=422 if problem else 200)
