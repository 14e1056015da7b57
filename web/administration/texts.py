"""The forms in which admins write the long texts about a domain."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from users.domains.models import DomainTextKind
from users.domains.queries import current_text, domain_by_id
from users.domains.services import publish_text
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import for_staff, redirect_with_message
from web.site.about import TITLES


class TextForm(forms.Form):
    content = forms.CharField(
        label=gettext_lazy("Text (HTML)"),
        max_length=200_000,
        help_text=gettext_lazy(
            "Paragraphs, headings, lists and links. It takes effect today; earlier versions are kept."
        ),
        widget=forms.Textarea(attrs={"rows": 16}),
    )


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
    form = TextForm(request.POST or None, initial={"content": known.content if known else ""})
    if request.method == "POST" and form.is_valid():
        try:
            await publish_text(domain=domain, kind=DomainTextKind(kind), content=form.cleaned_data["content"])
        except Problem as problem:
            form.add_error("content", error_message(problem))
        else:
            return redirect_with_message(request, request.path, _("Published."))
    context = {"form": form, "edited": domain, "title": TITLES[DomainTextKind(kind)], "section": "domains"}
    return operators_page(request, "text", context, status=422 if form.errors else 200)
