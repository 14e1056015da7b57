"""The pages about a domain: contact, rules and long texts."""

import datetime as dt

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.config.version import SOURCE_URL, VERSION
from core.errors import NotFound
from users.domains.models import Domain, DomainTextKind, SignUpMode
from users.domains.queries import current_kinds, current_text, text_of, versions_of
from users.identities.queries.identities import contact_of
from users.roles.models import Permission
from web.pages import page

TITLES = {
    DomainTextKind.extended_description: gettext_lazy("About"),
    DomainTextKind.privacy_policy: gettext_lazy("Privacy policy"),
    DomainTextKind.terms_of_service: gettext_lazy("Terms of service"),
    DomainTextKind.front_page: gettext_lazy("Start page"),
}
PAGES = {
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
        "contact": await contact_of(request.domain),
        "joining": _JOINING[SignUpMode(request.domain.sign_up_mode)],
        "version": VERSION,
        "source_url": SOURCE_URL,
    }
    return page(request, "site/about.html", context)


def links_to_texts(written: set[str]) -> list[tuple[str, str]]:
    """Return `[(name of the page, title)]` of the kinds among these that have their own page."""
    return [(name, TITLES[kind]) for kind, name in PAGES.items() if kind in written]


def _missing(domain: Domain, *, has_text: bool) -> list[str]:
    """Return the texts that visitors expect and that are missing."""
    parts = (
        (_("no description"), has_text or domain.description),
        (_("no rules"), domain.rules),
        (_("no contact address"), domain.contact_email),
    )
    return [words for words, is_there in parts if not is_there]


def _day(typed: str) -> dt.date:
    """Return a day of a link to a version. Raises NotFound for anything else."""
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        raise NotFound from None


@methods("GET")
async def long_text(request: Request, kind: str) -> HttpResponse:
    text_kind, day = DomainTextKind(kind), request.GET.get("of", "")
    text = (
        await text_of(request.domain, text_kind, _day(day))
        if day
        else await current_text(request.domain, text_kind)
    )
    if text is None:
        raise NotFound(
            _("Nobody here has written this text yet: {title}.").format(title=TITLES[DomainTextKind(kind)])
        )
    context = {
        "text": text,
        "title": TITLES[DomainTextKind(kind)],
        "is_coming": text.effective_on > clock.now().date(),
        "versions": [day for day in await versions_of(request.domain, text_kind) if day != text.effective_on],
    }
    return page(request, "site/long_text.html", context)
