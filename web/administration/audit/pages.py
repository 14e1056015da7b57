"""The audit log: a page with filters, and the same entries as JSON lines."""

import datetime as dt
from typing import NamedTuple
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.db.paging import Page
from users.audit.models import AuditEntry
from users.audit.queries import MAX_EXPORT, Wanted, entries, lines
from users.domains.queries import local_domains
from users.roles.models import Permission, Scope
from web.administration.audit.words import LABELS, actor_of, facts_of, label_of, refusal_of
from web.administration.overview import PAGE_SIZE, operators_page
from web.domain_choice import domain_field, offer_domains
from web.pages import for_staff, query_number
from web.templatetags.lengths import MAX_HANDLE


class FilterForm(forms.Form):
    """The filters of the log. Days are UTC, as are the times of the log."""

    who = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=MAX_HANDLE,
        required=False,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "placeholder": "@name@server"}
        ),
    )
    act = forms.ChoiceField(label=gettext_lazy("Action"), required=False)
    domain = domain_field()
    since = forms.DateField(
        label=gettext_lazy("Since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    refused = forms.BooleanField(label=gettext_lazy("Refused attempts only"), required=False)
    all_optional = True

    async def offer(self, scope: Scope) -> None:
        """Set the choices: the domains are those of the reader's scope."""
        self.fields["act"].choices = [
            ("", _("All actions")),
            *((str(one), said) for one, said in LABELS.items()),
        ]
        await offer_domains(self, scope, offers_all=True)

    @property
    def wanted(self) -> Wanted:
        asked = self.cleaned_data
        until = asked.get("until")
        return Wanted(
            person=asked.get("who", ""),
            act=asked.get("act", ""),
            domain_id=asked.get("domain"),
            since=_midnight(asked.get("since")),
            until=_midnight(until + dt.timedelta(days=1)) if until and until < dt.date.max else None,
            is_refused=bool(asked.get("refused")),
        )


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), dt.UTC) if day is not None else None


class Shown(NamedTuple):
    """An entry in its reader's language."""

    entry: AuditEntry
    label: str
    actor: str
    facts: list[str]
    refusal: str
    domain: str


def _shown(entry: AuditEntry, domains: dict[int, str]) -> Shown:
    domain = domains.get(entry.domain_id or 0, "")
    return Shown(entry, label_of(entry), actor_of(entry), facts_of(entry), refusal_of(entry), domain)


async def _form(request: Request) -> tuple[FilterForm, Wanted, Scope]:
    scope = request.user.scope(Permission.view_audit_log)
    form = FilterForm(request.GET)
    await form.offer(scope)
    return form, form.wanted if form.is_valid() else Wanted(), scope


@methods("GET")
@for_staff(Permission.view_audit_log)
async def log(request: Request) -> HttpResponse:
    form, wanted, scope = await _form(request)
    before = query_number(request, "max_id")
    found = await entries(scope, wanted, Page(limit=PAGE_SIZE, max_id=before)) if form.is_valid() else []
    query = {name: value for name, value in request.GET.items() if name in form.fields and value}
    names = {one.pk: one.name for one in await local_domains()}
    context = {
        "form": form,
        "is_filtered": bool(query),
        "entries": [_shown(one, names) for one in found],
        "query": urlencode(query),
        "older": urlencode({**query, "max_id": found[-1].pk}) if len(found) >= PAGE_SIZE else "",
        "most": MAX_EXPORT,
        "section": "audit",
    }
    return operators_page(request, "audit/log", context, status=422 if form.errors else 200)


@methods("GET")
@for_staff(Permission.view_audit_log)
async def export(request: Request) -> HttpResponse:
    """Send the entries of the page, the newest MAX_EXPORT, as JSON lines."""
    form, wanted, scope = await _form(request)
    if not form.is_valid():
        return await log(request)
    body = b"".join([line async for line in lines(scope, wanted, most=MAX_EXPORT)])
    response = HttpResponse(body, content_type="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="audit-log.jsonl"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
