"""The form in which admins write a domain's own style sheet, with what was removed of it."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from users.domains.queries import domain_by_id
from users.domains.style.services import set_style, style_of
from users.domains.style.words import MAX_LENGTH
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import for_staff, redirect_with_message

REASONS = {
    "at_rule": gettext_lazy("Of the rules with @, only @media for colours, motion and width is used."),
    "selector": gettext_lazy("Selectors can have elements, classes, ids and states such as :hover."),
    "property": gettext_lazy(
        "Colours, borders, backgrounds, type and distances can be changed; nothing can be moved or hidden."
    ),
    "value": gettext_lazy("Addresses, texts, and very large or negative lengths are not used."),
    "nested": gettext_lazy("Rules inside other rules are not used."),
    "important": gettext_lazy("The declaration is used, without !important."),
    "unreadable": gettext_lazy("This is not CSS."),
}


class StyleForm(forms.Form):
    source = forms.CharField(
        label=gettext_lazy("Style sheet (CSS)"),
        required=False,
        max_length=MAX_LENGTH,
        help_text=gettext_lazy(
            "Changes how timelines, profiles, posts and the pages about the domain look. Sign-in, settings and administration stay as they are. Add ?plain to an address to see a page without it."
        ),
        widget=forms.Textarea(attrs={"rows": 20, "spellcheck": "false", "class": "code", "dir": "ltr"}),
    )


@methods("GET", "POST")
@for_staff(Permission.manage_settings)
async def style(request: Request, domain_id: int) -> HttpResponse:
    domain = await domain_by_id(domain_id)
    if domain is None or not request.user.may(Permission.manage_settings, domain.pk):
        raise NotFound(_("There is no such page."))
    known = await style_of(domain)
    form = StyleForm(request.POST or None, initial={"source": known.source if known else ""})
    if request.method == "POST" and form.is_valid():
        try:
            saved = await set_style(domain=domain, source=form.cleaned_data["source"])
        except Problem as problem:
            form.add_error("source", error_message(problem))
        else:
            message = _("Saved. Some of it is not used: see below.") if saved.removed else _("Saved.")
            return redirect_with_message(request, request.path, message)
    removed = [(one["line"], one["what"], REASONS[one["reason"]]) for one in known.removed] if known else []
    context = {"form": form, "edited": domain, "removed": removed, "section": "domains"}
    return operators_page(request, "domains/style", context, status=422 if form.errors else 200)
