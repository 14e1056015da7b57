"""Passkeys: listing and creating a login's passkeys, and signing in with one. The browser's side is static/js/app/passkeys.js."""

import json

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.factors.services import passkeys as service
from users.logins.cookies import session_cookie
from web.accounts import fields
from web.accounts.second_step import signed_in
from web.error_messages import add_error
from web.pages import page, redirect_with_message, with_login


class PasskeyForm(forms.Form):
    passkey_name = forms.CharField(
        label=gettext_lazy("Name of the passkey"),
        max_length=60,
        help_text=gettext_lazy("For example the device that stores it."),
    )
    password = fields.own_password(gettext_lazy("Your password"))


@methods("GET", "POST")
@with_login
async def passkeys(request: Request) -> HttpResponse:
    """List the passkeys of a login, and add the one created by its browser."""
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            await service.add(
                user=request.user,
                domain=request.domain,
                token=request.POST.get("token", ""),
                credential=request.POST.get("credential", ""),
                name=form.cleaned_data["passkey_name"],
                password=form.cleaned_data["password"],
            )
        except Problem as problem:
            add_error(form, problem)
        else:
            return redirect_with_message(request, path_to("settings-passkeys"), _("Passkey added."))
    options, token = await service.options_to_make(request.user, request.domain)
    context = {
        "form": form,
        "options": json.dumps(options),
        "token": token,
        "passkeys": await service.passkeys_of(request.user),
        "section": "security",
    }
    return page(request, "accounts/factors/passkeys.html", context, status=422 if form.errors else 200)


@methods("POST")
@with_login
async def rename(request: Request, passkey_id: int) -> HttpResponse:
    await service.rename(user=request.user, passkey_id=passkey_id, name=request.POST.get("passkey_name", ""))
    return redirect_with_message(request, path_to("settings-passkeys"), _("Passkey renamed."))


@methods("POST")
@with_login
async def remove(request: Request, passkey_id: int) -> HttpResponse:
    await service.remove(user=request.user, passkey_id=passkey_id)
    return redirect_with_message(request, path_to("settings-passkeys"), _("Passkey removed."))


def question(request: Request) -> dict[str, str]:
    """Return the WebAuthn options that the sign-in page's form needs."""
    options, token = service.options_to_show(request.domain)
    return {"passkey_options": json.dumps(options), "passkey_token": token}


async def sign_in(request: Request) -> HttpResponse | Problem:
    """Sign in with a passkey; return the problem if that failed."""
    try:
        session, cookie = await service.sign_in(
            domain=request.domain,
            token=request.POST.get("token", ""),
            credential=request.POST.get("credential", ""),
            address=request.client_address,
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            replaces=session_cookie(request),
        )
    except Problem as problem:
        return problem
    return signed_in(request, session, cookie)
