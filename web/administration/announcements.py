"""Announcements: staff publish and delete them; signed-in users read them above the home timeline."""

import datetime as dt

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.announcements import services
from activities.announcements.models import Announcement
from activities.announcements.queries import recent_announcements
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.domain_choice import chosen_domain, domain_field, offer_domains
from web.idempotency import IdempotentForm, create_from
from web.moments import MomentForm, moment_field
from web.pages import for_staff, next_path, redirect_with_message, signed_in


class AnnouncementForm(MomentForm, IdempotentForm):
    content = forms.CharField(
        label=gettext_lazy("Text (HTML allowed)"),
        max_length=services.MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    domain = domain_field()
    ends_at = moment_field(
        gettext_lazy("Shown until"),
        help_text=gettext_lazy("Leave this empty to show it until you delete it."),
    )

    def clean(self) -> None:
        self.end: dt.datetime | None = self.moment("ends_at")


@methods("GET", "POST")
@for_staff(Permission.manage_announcements)
async def announcements(request: Request) -> HttpResponse:
    form = AnnouncementForm(request.POST or None)
    scope = request.user.scope(Permission.manage_announcements)
    await offer_domains(form, scope)
    if await create_from(
        request, form, Announcement, lambda row_id: _publish(form, row_id), expected=Problem
    ):
        said = _("Announcement published.")
        if form.end:
            said = _("Announcement published. It is shown until {until}.").format(until="{when}")
        return redirect_with_message(request, path_to("admin-announcements"), said, when=form.end)
    context = {"form": form, "announcements": await recent_announcements(scope)}
    return operators_page(request, "announcements", context, status=422 if form.errors else 200)


async def _publish(form: AnnouncementForm, row_id: int | None) -> int:
    asked = form.cleaned_data
    domain = await chosen_domain(form)
    made = await services.announce(content=asked["content"], domain=domain, ends_at=form.end, row_id=row_id)
    return int(made.pk)


@methods("POST")
@for_staff(Permission.manage_announcements)
async def remove(request: Request, announcement_id: int) -> HttpResponse:
    scope = request.user.scope(Permission.manage_announcements)
    await services.remove_announcement(announcement_id=announcement_id, scope=scope)
    return redirect_with_message(request, path_to("admin-announcements"), _("Announcement deleted."))


@methods("POST")
@signed_in
async def read(request: Request, announcement_id: int) -> HttpResponse:
    await services.read_announcement(identity=request.identity, announcement_id=announcement_id)
    return redirect_with_message(request, next_path(request, path_to("home")))
