"""Settings of the authenticator app and recovery codes."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import BadInput, Problem
from core.pages.addresses import path_to
from users.factors.services import authenticator as service
from users.factors.services.recovery import codes_left
from web.accounts import fields
from web.accounts.second_step import code_field
from web.error_messages import add_error
from web.pages import page, redirect_with_message, with_login


class PasswordForm(forms.Form):
    password = fields.own_password(gettext_lazy("Your password"))


class SetUpForm(PasswordForm):
    code = code_field(gettext_lazy("Code from the app"))
    field_order = ("code", "password")


@methods("GET", "POST")
@with_login
async def authenticator(request: Request) -> HttpResponse:
    """Set an authenticator app up, or show that one is set up."""
    form = (PasswordForm if request.user.has_totp and not request.POST else SetUpForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = await service.turn_on(
                user=request.user,
                session=request.session,
                token=request.POST.get("token", ""),
                **form.cleaned_data,
            )
        except Problem as problem:
            add_error(form, problem, otherwise="password")
        else:
            return _codes_page(request, codes, is_new=True)
    return await _page(request, form)


@methods("POST")
@with_login
async def turn_off(request: Request) -> HttpResponse:
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            await service.turn_off(user=request.user, **form.cleaned_data)
        except Problem as problem:
            add_error(form, problem, otherwise="password")
        else:
            return redirect_with_message(
                request, path_to("settings-security"), _("Signing in now requires only your password.")
            )
    return await _page(request, form)


@methods("POST")
@with_login
async def renew_codes(request: Request) -> HttpResponse:
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            codes = await service.renew_recovery_codes(
                user=request.user, token=request.POST.get("token", ""), **form.cleaned_data
            )
        except Problem as problem:
            add_error(form, problem, otherwise="password")
        else:
            return _codes_page(request, codes, is_new=False)
    return await _page(request, form)


async def _page(request: Request, form: forms.Form) -> HttpResponse:
    user = request.user
    context: dict[str, object] = {"form": form, "section": "security"}
    if user.has_totp:
        context |= {"left": await codes_left(user), "token": service.recovery_token(user)}
    else:
        context["offer"] = _offer(request)
    response = page(
        request, "accounts/factors/authenticator.html", context, status=422 if form.errors else 200
    )
    response.headers["Cache-Control"] = "no-store"  # it contains the secret of the app
    return response


def _offer(request: Request) -> service.Offer:
    try:
        return service.offer(request.user, request.domain, request.POST.get("token", ""))
    except BadInput:  # the page was open for too long
        return service.offer(request.user, request.domain)


def _codes_page(request: Request, codes: list[str], *, is_new: bool) -> HttpResponse:
    context = {"codes": codes, "is_new": is_new, "section": "security"}
    response = page(request, "accounts/factors/recovery_codes.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
