"""Sign-in, sign-out and password reset."""

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi import Failure
from core.asgi.decorators import any_identity, methods, while_paused
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.factors.services.second_step import proof_of
from users.logins.cookies import session_cookie
from users.logins.models import SignUp
from users.logins.services import logins
from users.sign_in_providers.queries import providers_of
from users.sign_in_providers.services.leaving import farewell_of
from web.accounts import expired_forms, fields, passkeys, second_step
from web.error_messages import add_error, error_message, message_of
from web.pages import forget_session, next_path, page, redirect_with_message, signed_out

_EMAIL = {"autocomplete": "username", "autofocus": True}


class SignInForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        # browsers that have passkeys offer them here (static/js/app/passkeys.js)
        widget=forms.EmailInput(attrs={**_EMAIL, "autocomplete": "username webauthn"}),
    )
    password = fields.own_password()


class EmailForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("E-mail address"), max_length=254, widget=forms.EmailInput(attrs=_EMAIL)
    )


class NewPasswordForm(forms.Form):
    password = fields.new_password(gettext_lazy("New password"), autofocus=True)


def username_field() -> forms.CharField:
    """Return a username field for taking over a sign-up that another person may have made with the address."""
    return fields.username(
        gettext_lazy("Choose another one if this is not yours. It can't be changed later."), required=False
    )


class ResetForm(NewPasswordForm):
    """A form for a new password. `sign_ups`: those of an unconfirmed address, from which its owner chooses; empty for a confirmed login."""

    username = username_field()
    sign_up = forms.TypedChoiceField(
        label=gettext_lazy("Which sign-up is yours?"),
        coerce=int,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Several sign-ups used your address. The others are cancelled."),
    )

    def __init__(self, data: QueryDict | None, sign_ups: list[SignUp]) -> None:
        super().__init__(data)
        self.fields["sign_up"].choices = [(each.user_id, f"@{each.handle}") for each in sign_ups]
        self.order_fields(["sign_up", "username", "password"])
        if len(sign_ups) > 1:
            self.fields["username"].label = _("Another username")
            self.fields["username"].help_text = _("Only to change the one above. It can't be changed later.")
        else:
            del self.fields["sign_up"]
        if len(sign_ups) == 1:
            self.fields["username"].initial = sign_ups[0].username
        elif not sign_ups:
            del self.fields["username"]


def keep_opener(response: HttpResponse, next_: str) -> HttpResponse:
    """Keep the opener on the way to web/oauth/authorize.py, because a browser client waits for its pop-up."""
    if next_.startswith(path_to("oauth-authorize")):
        response.security_policy = {"opener": "unsafe-none"}
    return response


@any_identity
@while_paused
@methods("GET", "POST")
async def sign_in(request: Request) -> HttpResponse:
    return keep_opener(await _sign_in(request), next_path(request, ""))


async def _sign_in(request: Request) -> HttpResponse:
    if request.user is not None and request.method == "GET" and "again" not in request.GET:
        return redirect_with_message(request, next_path(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            session, cookie = await logins.sign_in(
                **form.cleaned_data,
                address=request.client_address,
                user_agent=request.META.get("HTTP_USER_AGENT", ""),
                domain=request.domain,
                replaces=session_cookie(request),
            )
        except logins.SecondFactorNeeded as needed:
            return second_step.show(request, proof_of(needed.user))
        except Problem as problem:
            form.add_error(None, error_message(problem))
            contact = request.domain.contact_email if problem.code == "login_disabled" else ""
            return await _sign_in_page(request, form, problem.status, contact)
        return second_step.signed_in(request, session, cookie)
    return await _sign_in_page(request, form, 422 if form.errors else 200)


async def _sign_in_page(
    request: Request, form: SignInForm, status: int, contact: str = "", next_: str | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "next": next_path(request, "") if next_ is None else next_,
        "kept": expired_forms.stored_fields(request),
        "contact": contact,
        "providers": await providers_of(request.domain),
        **passkeys.question(request),
    }
    return page(request, "accounts/sign_in.html", context, status=status)


async def show_problem(request: Request, problem: Problem, next_: str | None = None) -> HttpResponse:
    """Show why signing in with a passkey or at a provider failed, above the form."""
    form = SignInForm(QueryDict())
    form.full_clean()
    form.errors.clear()
    form.add_error(None, error_message(problem))
    contact = request.domain.contact_email if problem.code == "login_disabled" else ""
    return await _sign_in_page(request, form, problem.status, contact, next_)


@any_identity
@while_paused
@methods("POST")
async def passkey(request: Request) -> HttpResponse:
    answer = await passkeys.sign_in(request)
    if isinstance(answer, Problem):
        answer = await show_problem(request, answer)
    return keep_opener(answer, next_path(request, ""))


@any_identity
@while_paused
@methods("POST")
async def code(request: Request) -> HttpResponse:
    return keep_opener(await second_step.check(request), next_path(request, ""))


@any_identity
@while_paused
@methods("POST")
async def sign_out(request: Request) -> HttpResponse:
    farewell = None
    if request.session is not None:
        farewell = await farewell_of(request.session, request.domain)
        await logins.sign_out(session=request.session)
    if farewell is None:
        return signed_out(request, _("You are signed out."))
    request.session = request.user = request.identity = None
    context = {"name": farewell.name, "address": farewell.url}
    return forget_session(request, page(request, "accounts/providers/signed_out.html", context))


@while_paused
@methods("GET", "POST")
async def forgotten(request: Request) -> HttpResponse:
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        await logins.request_reset(
            email=form.cleaned_data["email"], domain=request.domain, address=request.client_address
        )
        return redirect_with_message(
            request,
            path_to("sign-in"),
            _(
                "If there is a login with this address, an e-mail is on its way to it. We send at most three per hour: if you don't get one, use the link in an earlier one."
            ),
        )
    return page(request, "accounts/forgotten.html", {"form": form}, status=422 if form.errors else 200)


@while_paused
@methods("GET", "POST")
async def reset(request: Request, token: str) -> HttpResponse:
    user = await logins.user_for_reset(token)
    form = ResetForm(request.POST or None, await logins.sign_ups_to_choose(user))
    if request.method == "POST" and form.is_valid():
        try:
            await logins.reset_password(token=token, address=request.client_address, **form.cleaned_data)
        except logins.InvalidResetLink:
            raise  # used up in the meantime
        except Problem as problem:
            add_error(form, problem, otherwise=None if "username" in form.fields else "password")
        else:
            return redirect_with_message(
                request, path_to("sign-in"), _("Password changed. Sign in with the new one.")
            )
    return page(request, "accounts/reset.html", {"form": form}, status=422 if form.errors else 200)


def offer_new_link(request: Request, failure: Failure) -> HttpResponse:
    """Show that a reset link is invalid, with the form that sends another one."""
    context = {"form": EmailForm(), "problem": message_of(failure.error, failure.sentence)}
    return page(request, "accounts/forgotten.html", context, status=failure.status)
