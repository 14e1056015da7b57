"""The forms in which admins write the long texts about a domain."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.announcements.services import publish_with_notice
from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.languages import ENGLISH, LANGUAGES
from core.pages.addresses import path_to
from users.domains import options
from users.domains.models import Domain, DomainTextKind
from users.domains.queries import current_text, domain_by_id
from users.domains.services import publish_text
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import for_staff, redirect_with_message
from web.site.about import PAGES, TITLES

ANNOUNCED = {
    DomainTextKind.privacy_policy: gettext_lazy(
        "We have a new privacy policy, in effect from {day}: {address}"
    ),
    DomainTextKind.terms_of_service: gettext_lazy(
        "We have new terms of service, in effect from {day}: {address}"
    ),
}


class TextForm(forms.Form):
    content = forms.CharField(
        label=gettext_lazy("Text (HTML)"),
        max_length=200_000,
        help_text=gettext_lazy(
            "Paragraphs, headings, lists and links. Earlier versions are kept, and visitors can read them."
        ),
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    effective_on = forms.DateField(
        label=gettext_lazy("In effect from"),
        help_text=gettext_lazy("Today if empty. Visitors can read a coming version before that day."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    announces = forms.BooleanField(
        label=gettext_lazy("Announce it to the people of the domain"),
        help_text=gettext_lazy(
            "Above their home timeline and in apps, until they dismiss it or it has been in effect for a month."
        ),
        required=False,
    )

    def __init__(self, kind: DomainTextKind, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if kind not in ANNOUNCED:
            del self.fields["announces"]

    def clean_effective_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["effective_on"]
        if day is not None and day < clock.now().date():
            raise forms.ValidationError(_("This day is over."))
        return day


async def _publish(domain: Domain, kind: DomainTextKind, asked: dict[str, Any]) -> None:
    day, content = asked["effective_on"] or clock.now().date(), asked["content"]
    if not asked.get("announces"):
        await publish_text(domain=domain, kind=kind, content=content, effective_on=day)
        return
    language = await options.get(options.LANGUAGE, domain=domain.pk)
    address = f"{domain.base_url}{path_to(PAGES[kind])}?of={day.isoformat()}"
    with translation.override(language if language in LANGUAGES else ENGLISH):
        notice = str(ANNOUNCED[kind]).format(day=date_format(day), address=address)
    await publish_with_notice(domain=domain, kind=kind, content=content, effective_on=day, notice=notice)


@methods("GET", "POST")
@for_staff(Permission.manage_settings)
async def edit_text(request: Request, domain_id: int, kind: str) -> HttpResponse:
    domain = await domain_by_id(domain_id)
    if (
        domain is None
        or kind not in DomainTextKind
        or not request.user.may(Permission.manage_settings, domain.pk)
    ):
        raise NotFound(_("There is no such page."))
    known = await current_text(domain, DomainTextKind(kind))
    form = TextForm(
        DomainTextKind(kind), request.POST or None, initial={"content": known.content if known else ""}
    )
    if request.method == "POST" and form.is_valid():
        try:
            await _publish(domain, DomainTextKind(kind), form.cleaned_data)
        except Problem as problem:
            form.add_error("content", error_message(problem))
        else:
            return redirect_with_message(request, request.path, _("Published."))
    context = {"form": form, "edited": domain, "title": TITLES[DomainTextKind(kind)], "section": "domains"}
    return operators_page(request, "text", context, status=422 if form.errors else 200)
