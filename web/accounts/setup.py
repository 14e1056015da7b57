"""The first-run page: creates the admin's login, the first domain and the first identity. Not available once there is an admin."""

import hmac

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import any_host, methods
from core.asgi.request import Request
from core.config import config
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from core.setup_token import is_loopback, setup_token
from users.domains.names import check_host
from users.logins.services import logins, setup
from web.accounts import fields
from web.error_messages import USERNAME_HINT, add_error, validator_of
from web.middleware import set_session_cookie
from web.pages import page, redirect_with_message


class SetUpForm(forms.Form):
    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=255,
        validators=[validator_of(check_host)],
        help_text=gettext_lazy(
            "The last part of every handle, as in @name@example.com. It can't be changed later."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    username = forms.CharField(
        label=gettext_lazy("Your username"),
        max_length=400,  # or a complete handle
        help_text=USERNAME_HINT,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "nickname"}
        ),
    )
    email = fields.email()
    password = fields.new_password()

    def clean_username(self) -> str:
        handle: str = self.cleaned_data["username"]
        domain = check_host(self.cleaned_data["domain"]) if "domain" in self.cleaned_data else ""
        validator_of(lambda text: setup.username_in(text, domain))(handle)
        return handle


def _is_operator(request: Request) -> bool:
    """Return whether the request is the operator's: from this machine, or with the token that the server printed at its start."""
    host = request.META.get("HTTP_HOST", "")
    if all(is_loopback(address) for address in (config().bind, request.client_address, host)):
        return True
    shown = request.POST.get("token") or request.GET.get("token", "")
    return hmac.compare_digest(shown.encode(), setup_token(settings.SECRET_KEY).encode())


@any_host
@methods("GET", "POST")
async def set_up(request: Request) -> HttpResponse:
    if not await setup.is_open():
        raise NotFound(_("This server is already set up. Sign in instead."))
    if not _is_operator(request):
        return page(request, "accounts/set_up_closed.html", status=403)
    form = SetUpForm(request.POST or None, initial={"domain": request.META.get("HTTP_HOST", "")})
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.cleaned_data
            done = await setup.first_run(
                domain=asked["domain"],
                email=asked["email"],
                handle=asked["username"],
                password=asked["password"],
            )
        except Problem as problem:
            add_error(form, problem)
            return _set_up_page(request, form, problem.status)
        session, cookie = await logins.open_session(
            user=done.user,
            address=request.client_address,
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            domain=done.domain,
        )
        request.domain = done.domain
        response = redirect_with_message(
            request, done.domain.base_url + path_to("home"), _("Your server is ready. Write your first post.")
        )
        set_session_cookie(request, response, session, cookie)
        return response
    return _set_up_page(request, form, 422 if form.errors else 200)


def _set_up_page(request: Request, form: SetUpForm, status: int) -> HttpResponse:
    token = request.POST.get("token") or request.GET.get("token", "")
    return page(request, "accounts/set_up.html", {"form": form, "token": token[:100]}, status=status)
