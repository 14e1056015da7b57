"""Helpers of all pages: rendering, one-time notices, requiring sign-in, and redirects."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import msgspec
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.asgi.conditional import conditional
from core.asgi.request import Request
from core.errors import BadInput, NotFound
from core.languages import html_language
from core.pages.addresses import path_to
from users.audit.models import Act
from users.audit.services import Target, acting, record_refusal
from users.logins.models import User
from users.roles.models import Permission
from web.middleware import clear_session_cookie

type View = Callable[..., Awaitable[HttpResponse]]

_NOTICE = "notice"
_MAX_ID = 2**63 - 1
# Shared caches absorb the load of a popular post, and drop a deleted one soon. Browsers revalidate each time: otherwise an admin who
# changes a domain and views it signed out would see the old page.
_FOR_EVERYONE = "public, max-age=0, s-maxage=60"
_FOR_ONE = "private, no-cache"


class Notice(msgspec.Struct):
    """A message shown once on the next page. `kind`: "good", "bad", or "" for neither.

    A POST to `undo` undoes the action; `link` leads to the created object; "{when}" in the text is replaced by the time `when`.
    """

    text: str
    kind: str = ""
    undo: str = ""
    link: str = ""
    when: dt.datetime | None = None


def page(
    request: Request, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page, with the notice of the last action."""
    notice = _notice_of(request)
    shared = {"messages": [notice] if notice else [], "here": request.get_full_path()}
    body = render_to_string(template, {**(context or {}), **shared}, request)
    response = HttpResponse(body, status=status)
    # some URLs also serve documents; the content depends on the viewer, and the language on their preference
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    response.headers["Content-Language"] = html_language()
    response.headers["Cache-Control"] = _FOR_EVERYONE if _may_be_shared(request, response) else _FOR_ONE
    if notice:
        response.delete_cookie(_NOTICE)
    return conditional(request, response) if response.headers["Cache-Control"] == _FOR_EVERYONE else response


def _may_be_shared(request: Request, response: HttpResponse) -> bool:
    """Return whether a shared cache may store this page: the visitor sent no cookies, and no form contains a token."""
    return (
        request.method == "GET"
        and response.status_code == 200
        and "HTTP_COOKIE" not in request.META
        and b"csrfmiddlewaretoken" not in response.content
    )


def render_partial(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a fragment for htmx. Its forms return to the page that contains it."""
    return HttpResponse(
        render_to_string(template, {**context, "here": next_path(request, path_to("home"))}, request)
    )


def _notice_of(request: Request) -> Notice | None:
    if _NOTICE not in request.COOKIES:
        return None
    try:
        return msgspec.convert(signing.loads(request.COOKIES[_NOTICE], salt=_NOTICE, max_age=60), Notice)
    except (signing.BadSignature, msgspec.ValidationError):
        return None


def redirect_with_message(
    request: Request,
    path: str,
    text: str = "",
    *,
    kind: str = "good",
    undo: str = "",
    link: str = "",
    when: dt.datetime | None = None,
) -> HttpResponse:
    """Redirect to `path` and show a notice there."""
    response = HttpResponseRedirect(path)
    response.status_code = 303
    if text:
        signed = signing.dumps(msgspec.to_builtins(Notice(str(text), kind, undo, link, when)), salt=_NOTICE)
        response.set_cookie(
            _NOTICE, signed, max_age=60, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    return response


def done(request: Request, path: str, text: str, *, undo: str, hides: str = "") -> HttpResponse:
    """Answer an action that can be undone: with a toast on the page for htmx (static/js/reading/toasts.js), else with a notice at `path`.

    `hides`: the page hides the "post" whose menu was open, or all posts of its "author".
    """
    if not is_htmx(request):
        return redirect_with_message(request, path, text, undo=undo)
    response = HttpResponse(status=204)
    add_toast(response, text, undo=undo, hides=hides)
    return response


def add_toast(response: HttpResponse, text: str, **more: str) -> None:
    """Let htmx show a toast in addition to what it swaps in."""
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": str(text), **more}})


def next_path(request: Request, default: str | None = None) -> str:
    """Return the path in `next`, never another site; else `default`, or the front page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return path_to("front") if default is None else default


def is_htmx(request: Request) -> bool:
    return "HTTP_HX_REQUEST" in request.META


def with_login(view: View) -> View:
    """Require a signed-in login, with or without an identity. Others are redirected to sign in and back."""

    @wraps(view)
    async def guarded(request: Request, **arguments: Any) -> HttpResponse:
        if request.user is None:
            back = request.get_full_path() if request.method == "GET" else path_to("front")
            return redirect_with_message(request, path_to("sign-in", {"next": back}))
        return await view(request, **arguments)

    return guarded


def signed_in(view: View) -> View:
    """Require a session with an identity. Others are redirected to sign in or to choose one."""

    @with_login
    @wraps(view)
    async def guarded(request: Request, **arguments: Any) -> HttpResponse:
        if request.identity is None:
            return choose_identity(request)
        return await view(request, **arguments)

    return guarded


def choose_identity(request: Request) -> HttpResponse:
    """Show a login its identities. A restricted one is not asked to choose: that page says why it can't."""
    notice = "" if request.user.is_restricted else _("Choose or create an identity first.")
    return redirect_with_message(request, path_to("settings-identities"), notice, kind="")


def _only_for(may: Callable[[User], bool]) -> Callable[[View], View]:
    """Require a login for which `may` is true; for everyone else the view returns 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        async def guarded(request: Request, **arguments: Any) -> HttpResponse:
            if request.user is None:
                raise NotFound(_("There is no such page."))
            if request.user.acts_as_staff and _lacks_factor(request):
                return _ask_for_factor(request)
            if not may(request.user):
                await _note_attempt(request)
                raise NotFound(_("There is no such page."))
            with acting(request.user.pk):
                return await view(request, **arguments)

        return guarded

    return decorate


def _lacks_factor(request: Request) -> bool:
    """Return whether a role requires a second factor that this session was not authenticated with."""
    return request.user.lacks_factor or (request.user.needs_factor and not request.session.is_strong)


def _ask_for_factor(request: Request) -> HttpResponse:
    words = (
        _("Your role needs a second factor. Set up an authenticator app or a passkey here.")
        if request.user.lacks_factor
        else _("Your role needs a second factor. Sign out, and sign in with yours.")
    )
    return redirect_with_message(request, path_to("settings-security"), words, kind="bad")


async def _note_attempt(request: Request) -> None:
    """Record in the audit log that a user without permission submitted a form of staff."""
    if request.method == "POST":
        await record_refusal(
            Act.open_page, Target("page", None, request.path), by=request.user.pk, code="not_permitted"
        )


for_any_staff = _only_for(lambda user: user.acts_as_staff)
"""Require any role. The view checks what it may show."""


def for_staff(permission: Permission) -> Callable[[View], View]:
    """Require the permission on some domain, or on the server: the view shows what is in `request.user.scope(permission)`."""
    return _only_for(lambda user: user.scope(permission) != frozenset())


def for_server_staff(permission: Permission) -> Callable[[View], View]:
    """Require the permission on the whole server."""
    return _only_for(lambda user: user.may(permission))


def query_number(request: Request, name: str) -> int | None:
    """Return a number from the query string. Raises BadInput for anything else."""
    text = request.GET.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BadInput(_("There is no such page: {name} must be a number.").format(name=name), status=400)
    return min(int(text), _MAX_ID) if text else None


def ticked_ids(request: Request, name: str, *, most: int = 2000) -> list[int]:
    """Return the ids of the ticked rows; ignores invalid ones."""
    ticked = request.POST.getlist(name)[:most]
    numbers = [int(text) for text in ticked if text.isascii() and text.isdigit() and len(text) < 20]
    return [number for number in numbers if number <= _MAX_ID]


def check_open(request: Request, *, is_shown: bool = True) -> None:
    """Raise NotFound for timelines of a domain that shows them, or what `is_shown` says, to its own people only."""
    if request.identity is None and not (request.domain.shows_timelines and is_shown):
        raise NotFound(_("There is no such page."))


def signed_out(request: Request, notice: str) -> HttpResponse:
    """Redirect to the front page after the session ended, and clear the browser's data."""
    return forget_session(request, redirect_with_message(request, path_to("front"), notice))


def forget_session(request: Request, response: HttpResponse) -> HttpResponse:
    """Let this response clear the browser's data of a session that ended."""
    clear_session_cookie(request, response)
    response.headers["Clear-Site-Data"] = (
        '"storage"'  # drafts of posts: another person may use the browser next
    )
    return response
