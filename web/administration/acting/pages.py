"""Warnings by staff, and appeals against acts of staff."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound
from core.pages.addresses import path_to
from users.moderation import services as moderation
from users.moderation.queries import appeals as read_appeals
from users.roles.models import Permission
from web.administration.acting.forms import act_on, back_to_person
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import for_staff, query_number, redirect_with_message

APPEALS = 20


@methods("POST")
@for_staff(Permission.manage_users)
async def warn(request: Request, person_id: int) -> HttpResponse:
    """Send a local user a warning with a message."""
    try:
        await moderation.warn(**await act_on(request, person_id))
    except Invalid as problem:
        return back_to_person(request, person_id, error_message(problem), kind="bad")
    return back_to_person(request, person_id, _("Warning sent."))


@methods("POST")
@for_staff(Permission.manage_users)
async def cover(request: Request, person_id: int) -> HttpResponse:
    """Mark the media of all posts of a user as sensitive, or undo that."""
    is_sensitized = request.POST.get("covered") == "yes"
    await moderation.set_sensitized(
        is_sensitized=is_sensitized,
        reason=request.POST.get("reason", ""),
        **await act_on(request, person_id),
    )
    words = (
        _("The media of this person is now covered.") if is_sensitized else _("Their media is shown again.")
    )
    return back_to_person(request, person_id, words)


@methods("GET")
@for_staff(Permission.manage_appeals)
async def appeals(request: Request) -> HttpResponse:
    decided, before = request.GET.get("show") == "decided", query_number(request, "max_id")
    scope = request.user.scope(Permission.manage_appeals)
    found = await read_appeals(scope=scope, decided=decided, before=before, limit=APPEALS)
    older = found[-1].appeal.pk if len(found) >= APPEALS else None
    context = {"items": found, "decided": decided, "older": older, "section": "appeals"}
    return operators_page(request, "acting/appeals", context)


@methods("POST")
@for_staff(Permission.manage_appeals)
async def decide(request: Request, appeal_id: int) -> HttpResponse:
    decision = request.POST.get("decision", "")
    if decision not in {"approve", "reject"}:
        raise NotFound
    try:
        await moderation.decide_appeal(
            moderator=request.user, appeal_id=appeal_id, is_approved=decision == "approve"
        )
    except Invalid as problem:
        return redirect_with_message(request, path_to("admin-appeals"), error_message(problem), kind="bad")
    return redirect_with_message(
        request,
        path_to("admin-appeals"),
        _("Appeal approved.") if decision == "approve" else _("Appeal rejected."),
    )
