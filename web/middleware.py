"""Middleware of pages: the domain from the Host header, and the session from the cookie. Its position in the chain is in takahe/asgi.py.

Both set attributes of the request: `domain`, `session`, `user`, `identity` (None if there is none).
"""

import ipaddress
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, logs
from core.asgi.failures import respond
from core.asgi.request import Request
from core.config import config
from core.errors import Gone, NotAllowed, Paused, StaleForm
from core.languages import preferred_language
from core.pages.addresses import path_to
from core.pages.static_files import PREFIX
from core.setup_token import is_loopback
from federation.negotiation import wants_activitypub
from federation.peers import known_policies
from federation.policies.domains import reading_domain, reading_for
from users.access_rules.queries import is_refused
from users.domains.models import Domain
from users.domains.queries import domain_for_host, local_domains
from users.logins.access import speaking
from users.logins.cookies import cookie_name, is_https, session_cookie
from users.logins.models import Session, User
from users.logins.queries import session_by_cookie
from users.logins.services import logins
from users.roles.models import Permission

Next = Callable[[Request], Awaitable[HttpResponse]]

ACTING_AS = "acting_as"
"""The field of every form with the identity for which it was rendered."""


async def domain_middleware(request: Request, next: Next) -> HttpResponse:
    """Set `request.domain` by the Host header. An unknown name gets a plain 421, before anything else."""
    if getattr(request.view, "standalone", False):
        request.domain = None
        return await next(request)
    host = request.META.get("HTTP_HOST", "")
    domain = await domain_for_host(host)
    if domain is None and config().main_domain and _names_no_domain(host):
        domain = await domain_for_host(config().main_domain)
    request.domain = domain
    if domain is not None and not (
        getattr(request.view, "without_media", False) or wants_activitypub(request)
    ):
        await known_policies()  # decides which media pages show; read at most once in some seconds
    if domain is not None or getattr(request.view, "any_host", False):
        with reading_for(domain.pk if domain is not None else None):
            return await next(request)
    if not await local_domains():
        if request.path.startswith((path_to("setup"), PREFIX, path_to("health"), path_to("favicon"))):
            return await next(request)
        if request.method in {"GET", "HEAD"} and not request.wants_json:
            return HttpResponse(
                status=302, headers={"Location": path_to("setup"), "Cache-Control": "no-store"}
            )
    sentence = _("This server does not serve that domain.")
    if _names_no_domain(host) and is_loopback(request.client_address):
        # a local browser, after setting the server up at its IP address
        addresses = ", ".join(one.base_url + path_to("front") for one in (await local_domains())[:10])
        sentence = _("This server does not serve that domain. It serves {addresses}.").format(
            addresses=addresses
        )
    return HttpResponse(f"{sentence}\n", content_type="text/plain", status=421)


def _names_no_domain(host: str) -> bool:
    """Return whether a Host header is empty or an IP address."""
    if not host:
        return True
    try:
        ipaddress.ip_address(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
    return True


async def access_middleware(request: Request, next: Next) -> HttpResponse:
    """Refuse clients in a network without access, before anything is read for them (users/access_rules)."""
    if request.domain is None or not is_refused(request.client_address, request.domain.pk):
        return await next(request)
    request.session = request.user = request.identity = request.role = None
    with translation.override(preferred_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))):
        return respond(request, NotAllowed(code="no_access", detail=request.client_address))


async def session_middleware(request: Request, next: Next) -> HttpResponse:
    """Set `request.session`, `.user` and `.identity` from a valid session cookie, else to None.

    The API handles bearer tokens.
    """
    request.session = request.user = request.identity = request.role = None
    ignores = any(getattr(request.view, mark, False) for mark in ("standalone", "without_session"))
    has_none = ignores or "HTTP_AUTHORIZATION" in request.META
    cookie = "" if has_none else session_cookie(request)
    session = await session_by_cookie(cookie) if cookie else None
    if session is None:
        request.is_signed_out = not has_none
        return await next(request)
    request.session, request.user, request.identity = session, session.user, session.identity
    request.role = session.role
    request.identity_label = session.identity.handle if session.identity else f"login {session.user_id}"
    logs.identity.set(request.identity_label)
    moved_on = await logins.extend_session(
        session=session, domain=request.domain, address=request.client_address
    )
    home = session.identity.domain_id if session.identity else reading_domain()
    with (
        speaking(session.user_id, session.role) if session.role is not None else nullcontext(),
        reading_for(home),
    ):
        response = await next(request)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    # whose pages these are, for the worker that keeps some of them (static/js/app/worker.js)
    response.headers["Reader"] = f"{session.pk}-{session.identity_id or 0}"
    if moved_on and cookie_name(request.domain) not in response.cookies:
        set_session_cookie(request, response, session, cookie)
    return response


async def pause_middleware(request: Request, next: Next) -> HttpResponse:
    """Answer 503 for a paused domain, except to its staff. Other servers send again what its inboxes don't take."""
    domain: Domain | None = request.domain
    if domain is not None and domain.is_removed:
        return await _removed(request, domain, next)
    if domain is None or not domain.is_paused or getattr(request.view, "while_paused", False):
        return await next(request)
    user: User | None = request.user
    if user is None or not user.may(Permission.manage_settings, domain.pk):
        raise Paused(code="domain_paused", domain=domain.name)
    return await next(request)


async def _removed(request: Request, domain: Domain, next: Next) -> HttpResponse:
    """Answer 410 for a removed domain. Documents answer for themselves: each of its actors is gone, and says so to other servers."""
    is_document = request.method in {"GET", "HEAD"} and wants_activitypub(request)
    if is_document or getattr(request.view, "when_removed", False):
        return await next(request)
    raise Gone(code="domain_removed", domain=domain.name)


async def form_identity(request: Request, next: Next) -> HttpResponse:
    """Refuse a form that was rendered for another identity than the session's: a stale tab must not act as the wrong one.

    `{% csrf_token %}` writes the handle into each form. A form without it was rendered for an anonymous visitor.
    """
    is_asked = request.method == "POST" and not getattr(request.view, "any_identity", False)
    if is_asked and ACTING_AS in request.POST:
        made_for = request.POST[ACTING_AS]
        now = request.identity.handle if request.identity is not None else ""
        if made_for != now and request.user is None:
            raise StaleForm(
                _("You are signed out, so nothing was done."), detail=f"made for {made_for[:300]}", status=401
            )
        if made_for != now:
            sentence = (
                _("This form was made for @{handle}, but you are now using @{now}, so nothing was done.")
                if now
                else _(
                    "This form was made for @{handle}, but you are not using an identity now, so nothing was done."
                )
            )
            raise StaleForm(
                sentence.format(handle=made_for[:300], now=now),
                detail=f"made for {made_for[:300]}",
            )
    return await next(request)


def set_session_cookie(request: Request, response: HttpResponse, session: Session, cookie: str) -> None:
    """Set the session's cookie for as long as the session may last."""
    response.set_cookie(
        cookie_name(request.domain),
        cookie,
        max_age=max(0, int((session.expires_at - clock.now()).total_seconds())),
        path="/",
        secure=is_https(request.domain),
        httponly=True,
        samesite="Lax",
    )


def clear_session_cookie(request: Request, response: HttpResponse) -> None:
    """Delete the session's cookie."""
    response.set_cookie(
        cookie_name(request.domain),
        "",
        max_age=0,
        path="/",
        secure=is_https(request.domain),
        httponly=True,
        samesite="Lax",
    )


def words_only(request: Request) -> str:
    """Return the field that marks a form to be read without its files, when nobody is signed in
    (web/accounts/expired_forms.py).
    """
    return ACTING_AS if request.identity is None else ""
