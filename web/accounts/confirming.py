"""Confirmation of a sign-up's e-mail address, from the link in the mail."""

from collections.abc import Awaitable, Callable

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.logins.cookies import host_cookie, is_https, session_cookie
from users.logins.models import User
from users.logins.services import confirmation, logins
from web.accounts import fields
from web.accounts.sign_in import NewPasswordForm, username_field
from web.error_messages import add_error
from web.middleware import set_session_cookie
from web.pages import page, redirect_with_message


class PasswordForm(forms.Form):
    password = fields.own_password(autofocus=True)


class TakeOverForm(NewPasswordForm):
    username = username_field()

    field_order = ("username", "password")


def _browser_cookie(request: Request) -> str:
    return host_cookie("signed-up", request.domain)


def remember_browser(request: Request, response: HttpResponse, user: User | None) -> HttpResponse:
    """Set the cookie with which this browser can confirm its sign-up by a button. Also set if no login was created, which it must not reveal."""
    response.set_cookie(
        _browser_cookie(request),
        confirmation.browser_token(user),
        max_age=int(confirmation.LIFETIME.total_seconds()),
        path="/",
        secure=is_https(request.domain),
        httponly=True,
        samesite="Lax",
    )
    return response


@methods("GET", "POST")
async def confirm(request: Request, token: str) -> HttpResponse:
    """Show the confirmation form: with the password, or only a button in the browser that signed up.

    Opening the link confirms nothing, because mail scanners open links, too.
    """
    opened = await confirmation.open_link(token)
    if opened.user.confirmed_at is not None:
        return _confirmed_before(request, opened.user)
    mark = request.COOKIES.get(_browser_cookie(request), "")
    if not confirmation.is_own_browser(opened.user, mark):
        form = PasswordForm(request.POST or None)
        return await _ask(request, "accounts/sign_up/confirm.html", opened, token, form, confirmation.confirm)
    if request.method == "POST":
        client = request.client_address
        return await _let_in(
            request, await confirmation.confirm_in_browser(token=token, mark=mark, address=client)
        )
    context = {"email": opened.user.email, "handle": opened.handle, "token": token}
    return page(request, "accounts/sign_up/confirm.html", context)


@methods("GET", "POST")
async def choose_password(request: Request, token: str) -> HttpResponse:
    """Set a new password for a sign-up, for the owner of the mailbox who does not know the original one."""
    opened = await confirmation.open_link(token)
    if opened.user.confirmed_at is not None:
        return _confirmed_before(request, opened.user)
    form = TakeOverForm(request.POST or None, initial={"username": opened.handle.partition("@")[0]})
    template = "accounts/sign_up/confirm_new_password.html"
    return await _ask(request, template, opened, token, form, confirmation.confirm_with_new_password)


async def _ask(
    request: Request,
    template: str,
    opened: confirmation.OpenedLink,
    token: str,
    form: forms.Form,
    authenticate: Callable[..., Awaitable[User]],
) -> HttpResponse:
    """Show the form, or sign in a user who enters the sign-up's password."""
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            user = await authenticate(token=token, address=request.client_address, **form.cleaned_data)
        except Problem as problem:
            add_error(form, problem, otherwise=None if "username" in form.fields else "password")
            status = problem.status
        else:
            return await _let_in(request, user)
    context = {"email": opened.user.email, "handle": opened.handle, "form": form, "token": token}
    return page(request, template, context, status=status)


def _confirmed_before(request: Request, user: User) -> HttpResponse:
    if user.approved_at is None:
        return page(request, "accounts/sign_up/waiting.html")
    if request.user is not None and request.user.pk == user.pk:
        return redirect_with_message(request, path_to("home"), _("Your address is confirmed."))
    return redirect_with_message(
        request, path_to("sign-in"), _("Your address is confirmed. You can sign in.")
    )


async def _let_in(request: Request, user: User) -> HttpResponse:
    """Sign in a user who has just proven address and password, if their login was admitted."""
    if user.is_disabled or not user.is_admitted:
        return _confirmed_before(request, user)
    session, cookie = await logins.open_session(
        user=user,
        address=request.client_address,
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        domain=request.domain,
        replaces=session_cookie(request),
    )
    response = redirect_with_message(request, path_to("welcome"), _("Your address is confirmed. Welcome!"))
    response.delete_cookie(_browser_cookie(request), samesite="Lax")
    set_session_cookie(request, response, session, cookie)
    return response
