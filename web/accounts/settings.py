"""Settings of a login: identities, password, sessions."""

from django import forms
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.asgi.decorators import any_identity, methods
from core.asgi.request import Request
from core.errors import NotAllowed, NotFound, Problem
from core.pages.addresses import path_to
from users.domains.models import Domain, SignUpMode
from users.domains.queries import domain_by_id, local_domains
from users.identities.models import Identity
from users.logins import queries as login_reads
from users.logins.services import deletion, identities, logins
from users.sharing import queries as sharing_reads
from web.accounts import fields
from web.accounts.providers.connections import connections_of
from web.error_messages import USERNAME_HINT, add_error, error_message
from web.pages import (
    next_path,
    page,
    redirect_with_message,
    render_partial,
    signed_in,
    signed_out,
    with_login,
)

_RECENT = 8  # identities that a browser remembers as used last


class PasswordForm(forms.Form):
    current = fields.own_password(gettext_lazy("Current password"))
    password = fields.new_password(gettext_lazy("New password"))


class IdentityForm(forms.Form):
    username = forms.CharField(label=gettext_lazy("Username"), max_length=30, help_text=USERNAME_HINT)
    domain = forms.TypedChoiceField(label=gettext_lazy("Domain"), coerce=int)

    def __init__(self, domains: list[Domain], data: object = None) -> None:
        super().__init__(data)
        self.fields["domain"].choices = [(domain.pk, domain.name) for domain in domains]


class LoginDeletionForm(forms.Form):
    password = fields.own_password(gettext_lazy("Your password"))


class DeletionForm(LoginDeletionForm):
    handle = forms.CharField(label=gettext_lazy("Handle"), max_length=400)
    field_order = ("handle", "password")

    def __init__(self, identity: Identity, data: object = None) -> None:
        super().__init__(data)
        self.identity = identity
        self.fields["handle"].help_text = _("Type @{handle} to confirm.").format(handle=identity.handle)

    def clean_handle(self) -> str:
        typed: str = self.cleaned_data["handle"].strip().removeprefix("@").lower()
        if typed != self.identity.handle.lower():
            raise forms.ValidationError(_("This is not @{handle}.").format(handle=self.identity.handle))
        return typed


@methods("GET", "POST")
@with_login
async def security(request: Request) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            await logins.change_password(user=request.user, keep=request.session, **form.cleaned_data)
        except Problem as problem:
            add_error(form, problem, otherwise="current")
        else:
            return redirect_with_message(
                request,
                path_to("settings-security"),
                _("Password changed. All other browsers were signed out."),
            )
    sessions = await login_reads.sessions_of(request.user)
    context = {
        "form": form,
        "sessions": sessions,
        "section": "security",
        **await connections_of(request),
    }
    return page(request, "accounts/security.html", context, status=422 if form.errors else 200)


@methods("POST")
@with_login
async def end_session(request: Request, session_id: int) -> HttpResponse:
    await logins.revoke_session(user=request.user, session_id=session_id)
    return redirect_with_message(request, path_to("settings-security"), _("The browser was signed out."))


@methods("POST")
@with_login
async def end_other_sessions(request: Request) -> HttpResponse:
    await logins.revoke_other_sessions(session=request.session)
    return redirect_with_message(
        request, path_to("settings-security"), _("All other browsers were signed out.")
    )


@any_identity
@methods("GET", "POST")
@with_login
async def delete_login(request: Request) -> HttpResponse:
    """Delete the login, after asking for the password."""
    form = LoginDeletionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            left = await deletion.delete_own_login(user=request.user, **form.cleaned_data)
        except NotAllowed as problem:
            form.add_error("password", error_message(problem))
        else:
            day = date_format(left.leaves_at) if left.leaves_at else ""
            return signed_out(
                request,
                _("Your login will be erased on {day}. Sign in before then to keep it.").format(day=day),
            )
    own = await login_reads.identities_owned_alone(request.user, counts_leaving=False)
    owned = [one for one in await login_reads.identities_of(request.user) if one.pk in own]
    context = {"form": form, "owned": owned, "section": "security", "day": _last_day()}
    return page(request, "accounts/delete_login.html", context, status=422 if form.errors else 200)


def _last_day() -> str:
    return str(date_format(clock.now() + deletion.TAKEN_BACK_WITHIN))


async def _contact(request: Request, suspended: list[Identity]) -> str:
    """Return the contact address: of this domain, or of a suspended identity's domain if this one has none."""
    domains = [request.domain, *[await domain_by_id(one.domain_id) for one in suspended if one.domain_id]]
    return next((domain.contact_email for domain in domains if domain and domain.contact_email), "")


@methods("GET", "POST")
async def own_identities(request: Request) -> HttpResponse:
    """Show the login's identities, and create one. Also works for a login that has none yet."""
    if request.user is None:
        return redirect_with_message(request, path_to("sign-in", {"next": path_to("settings-identities")}))
    everywhere = await local_domains()
    domains = await identities.open_domains(request.user, everywhere)
    form = IdentityForm(domains, request.POST or None)
    if request.method == "POST" and form.is_valid():
        domain = await domain_by_id(form.cleaned_data["domain"])
        if domain is None:  # removed while the form was open
            raise NotFound(_("There is no such domain any more."))
        try:
            made = await identities.add_identity(
                user=request.user,
                domain=domain,
                username=form.cleaned_data["username"],
                address=request.client_address,
            )
        except Problem as problem:
            own = await login_reads.owned_named(request.user, domain, form.cleaned_data["username"])
            if own is not None:  # the form was submitted twice
                return await _now_as(request, own)
            add_error(form, problem, otherwise="username")
        else:
            return await _now_as(request, made)
    mine = await login_reads.identities_of(request.user)
    suspended = [one for one in mine if one.is_suspended and one.leaves_at is None]
    context = {
        "form": form,
        "has_choice": bool(domains),
        "is_suspended": bool(suspended),
        "contact": await _contact(request, suspended),
        "asks": [one for one in everywhere if one.sign_up_mode == SignUpMode.approval and one not in domains],
        "identities": mine,
        "owned": await login_reads.identities_owned_by(request.user),
        "invited": [] if request.user.is_restricted else await sharing_reads.invitations_for(request.user),
        "section": "identities",
    }
    return page(request, "accounts/identities.html", context, status=422 if form.errors else 200)


async def _now_as(request: Request, identity: Identity) -> HttpResponse:
    await logins.switch_identity(session=request.session, identity_id=identity.pk)
    return redirect_with_message(
        request, path_to("settings"), _("You are now @{handle}.").format(handle=identity.handle)
    )


@methods("GET")
@signed_in
async def other_identities(request: Request) -> HttpResponse:
    """Return the login's other identities for the account menu, which loads them on opening."""
    own = [] if request.user.is_restricted else await login_reads.identities_of(request.user)
    others = [one for one in own if one.pk != request.identity.pk and not one.is_suspended]
    recent = _recent(request)
    own_host = request.domain.name if request.domain else ""
    others.sort(
        key=lambda one: (
            recent.index(one.pk) if one.pk in recent else len(recent),
            one.host != own_host,
            one.host,
            one.username,
        )
    )
    response = render_partial(
        request, "site/_others.html", {"others": others, "are_many": len(others) > _RECENT}
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@any_identity
@methods("POST")
async def switch_identity(request: Request, identity_id: int) -> HttpResponse:
    if request.user is None:
        return redirect_with_message(request, path_to("sign-in"))
    identity = await logins.switch_identity(session=request.session, identity_id=identity_id)
    response = redirect_with_message(
        request,
        next_path(request, path_to("home")),
        _("You are now @{handle}.").format(handle=identity.handle),
    )
    left = [request.identity.pk] if request.identity is not None else []
    used = dict.fromkeys([identity.pk, *left, *_recent(request)])
    value = ".".join(str(one) for one in [*used][:_RECENT])
    response.set_cookie(
        "recent_identities",
        value,
        max_age=365 * 86400,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


def _recent(request: Request) -> list[int]:
    """Return the ids of the identities that were used last in this browser, the latest first."""
    said = request.COOKIES.get("recent_identities", "")[:200].split(".")
    return [int(one) for one in said if one.isascii() and one.isdigit() and len(one) < 20][:_RECENT]


@any_identity
@methods("GET", "POST")
async def delete_identity(request: Request, identity_id: int) -> HttpResponse:
    """Delete any of the login's own identities, even if the login is restricted, or keep one that was deleted lately.

    Deleting asks for the password.
    """
    if request.user is None:
        return redirect_with_message(request, path_to("sign-in", {"next": request.path}))
    identity = await login_reads.identity_owned(request.user, identity_id)
    if identity is None:
        raise NotFound
    if request.method == "POST" and "keep" in request.POST:
        await deletion.take_back_identity(user=request.user, identity_id=identity_id)
        return redirect_with_message(
            request,
            path_to("settings-identities"),
            _("@{handle} is visible again.").format(handle=identity.handle),
        )
    form = DeletionForm(identity, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            gone = await deletion.delete_own_identity(
                user=request.user, identity_id=identity_id, password=form.cleaned_data["password"]
            )
        except NotAllowed as problem:
            form.add_error("password", error_message(problem))
        else:
            return redirect_with_message(
                request,
                path_to("settings-identities"),
                (
                    _("@{handle} was deleted.")
                    if gone.deleted_at
                    else _("@{handle} is hidden now, and you can keep it until {day}.")
                ).format(handle=identity.handle, day=date_format(gone.leaves_at) if gone.leaves_at else ""),
            )
    context = {"form": form, "person": identity, "section": "identities", "day": _last_day()}
    return page(request, "accounts/delete_identity.html", context, status=422 if form.errors else 200)
