"""Acts on a report itself: assigning, forwarding and resolving it, and notes of staff. Those on its posts are in pages.py."""

from collections.abc import Awaitable, Callable

from django.http import HttpResponse
from django.utils.translation import gettext as _

from activities.reports import services
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid
from core.pages.addresses import path_to
from users.moderation import services as moderation
from users.moderation.models import StaffNote
from users.roles.models import Permission
from web.administration.acting.forms import NoteForm, id_in
from web.error_messages import error_message
from web.idempotency import create_from
from web.pages import for_staff, next_path, redirect_with_message


@methods("POST")
@for_staff(Permission.manage_reports)
async def assign(request: Request, report_id: int) -> HttpResponse:
    """Assign a report to the chosen member of staff, or to nobody."""
    await moderation.assign_report(moderator=request.user, report_id=report_id, to=id_in(request, "to"))
    said = _("Report assigned.") if request.POST.get("to") else _("Nobody is assigned to this report now.")
    return redirect_with_message(request, path_to("admin-report", report_id=report_id), said)


@methods("POST")
@for_staff(Permission.manage_reports)
async def forward(request: Request, report_id: int) -> HttpResponse:
    """Send the report to the server of the reported person."""
    back = path_to("admin-report", report_id=report_id)
    try:
        report = await services.forward_report(moderator=request.user, report_id=report_id)
    except Invalid as problem:
        return redirect_with_message(request, back, error_message(problem), kind="bad")
    return redirect_with_message(request, back, _("Forwarded to {host}.").format(host=report.target.host))


@methods("POST")
@for_staff(Permission.manage_reports)
async def resolve(request: Request, report_id: int) -> HttpResponse:
    is_resolved = request.POST.get("resolved") == "yes"
    await moderation.resolve_report(
        moderator=request.user,
        report_id=report_id,
        is_resolved=is_resolved,
        message=request.POST.get("message", ""),
    )
    return redirect_with_message(
        request, path_to("admin-reports"), _("Report resolved.") if is_resolved else _("Report reopened.")
    )


async def _note(
    request: Request, back: str, make: Callable[[str, int | None], Awaitable[StaffNote]]
) -> HttpResponse:
    """Add the note that was sent, and redirect to `back`."""
    form = NoteForm(request.POST)

    async def save(row_id: int | None) -> int:
        return int((await make(form.cleaned_data["text"], row_id)).pk)

    made = await create_from(request, form, StaffNote, save, expected=Invalid, otherwise="text")
    if made is None:
        problem = next(iter(form.errors.get("text", [])), "")
        return redirect_with_message(request, back, problem, kind="bad")
    return redirect_with_message(request, back, _("Note added."))


@methods("POST")
@for_staff(Permission.manage_reports)
async def note(request: Request, report_id: int) -> HttpResponse:
    """Add a note beside a report."""

    async def make(text: str, row_id: int | None) -> StaffNote:
        return await moderation.note_report(
            moderator=request.user, report_id=report_id, text=text, row_id=row_id
        )

    return await _note(request, path_to("admin-report", report_id=report_id), make)


@methods("POST")
@for_staff(Permission.manage_users)
async def note_person(request: Request, person_id: int) -> HttpResponse:
    """Add a note on the page of a person."""

    async def make(text: str, row_id: int | None) -> StaffNote:
        return await moderation.note_person(
            moderator=request.user, identity_id=person_id, text=text, row_id=row_id
        )

    return await _note(request, path_to("admin-person", person_id=person_id), make)


@methods("POST")
@for_staff(Permission.manage_users)
async def delete_note(request: Request, note_id: int) -> HttpResponse:
    gone = await moderation.delete_note(moderator=request.user, note_id=note_id)
    back = next_path(request, path_to("admin-person", person_id=gone.identity_id))
    return redirect_with_message(request, back, _("Note deleted."))
