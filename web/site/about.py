"""The pages about a domain: contact, rules and long texts; and the forms in which admins write these."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from users.domains.models import Domain, DomainTextKind, SignUpMode
from users.domains.queries import current_kinds, current_text, domain_by_id
from users.domains.services import publish_text
from users.roles.models import Permission
from users.statistics.nodeinfo import SOURCE_URL, VERSION
from web.administration.overview import operators_page
from web.error_messages import error_message
from web.pages import for_staff, page, redirect_with_message

TITLES = {
    DomainTextKind.extended_description: gettext_lazy("About"),
    DomainTextKind.privacy_policy: gettext_lazy("Privacy policy"),
    DomainTextKind.terms_of_service: gettext_lazy("Terms of service"),
}
_PAGES = {
    DomainTextKind.privacy_policy: "privacy-policy",
    DomainTextKind.terms_of_service: "terms-of-service",
}
_JOINING = {
    SignUpMode.open: gettext_lazy("Anyone can sign up here."),
    SignUpMode.approval: gettext_lazy("Anyone can ask to join. A moderator reviews each request."),
    SignUpMode.invite: gettext_lazy("You can join with an invitation from a moderator."),
    SignUpMode.closed: gettext_lazy("New people can't sign up here at the moment."),
}


@methods("GET")
async def about(request: Request) -> HttpResponse:
    more = await current_text(request.domain, DomainTextKind.extended_description)
    written = await current_kinds(request.domain)
    links = links_to_texts(written)
    missing = _missing(request.domain, has_text=more is not None)
    context = {
        "more": more,
        "links": links,
        "missing": missing,
        "is_incomplete": bool(missing)
        and request.user is not None
        and request.user.may(Permission.manage_settings, request.domain.pk),
        "joining": _JOINING[SignUpMode(request.domain.sign_up_mode)],
        "version": VERSION,
        "source_url": SOURCE_URL,
    }
    return page(request, "site/about.html", context)


def links_to_texts(written: set[str]) -> list[tuple[str, str]]:
    """Return `[(name of the page, title)]` of those of these kinds that have a page of their own."""
    return [(name, TITLES[kind]) for kind, name in _PAGES.items() if kind in written]


def _missing(domain: Domain, *, has_text: bool) -> list[str]:
    """Return what visitors look for and don't find."""
    parts = (
        (_("no description"), has_text or domain.description),
        (_("no rules"), domain.rules),
        (_("no contact address"), domain.contact_email),
    )
    return [words for words, is_there in parts if not is_there]


@methods("GET")
async def long_text(request: Request, kind: str) -> HttpResponse:
    text = await current_text(request.domain, DomainTextKind(kind))
    if text is None:
        raise NotFound(
            _("Nobody here has written this text yet: {title}.").format(title=TITLES[DomainTextKind(kind)])
        )
    return page(request, "site/long_text.html", {"text": text, "title": TITLES[DomainTextKind(kind)]})


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
