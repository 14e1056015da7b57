"""The way to a provider and back, and the username of somebody who is new.

The page between us and the provider refreshes itself: a redirect of a form may only lead where the form's page allows (CSP `form-action`),
and providers redirect further.
"""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import any_identity, methods, while_paused
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.domains import options
from users.domains.models import Domain
from users.factors.services.second_step import proof_of
from users.identities.names import MAX_USERNAME_LENGTH, check_username
from users.logins.cookies import session_cookie
from users.logins.services.logins import SecondFactorNeeded
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.queries import open_provider
from users.sign_in_providers.services import connecting, entering
from users.sign_in_providers.services import flow as service
from web.accounts import fields, second_step
from web.accounts.providers.cookies import ASKED, NEWCOMER, get_cookie, set_cookie
from web.accounts.sign_in import keep_opener, show_problem
from web.error_messages import USERNAME_HINT, add_error, error_message
from web.pages import next_path, page, redirect_with_message


class NameForm(forms.Form):
    username = fields.username(USERNAME_HINT)
    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )


def browser_of(request: Request) -> entering.Browser:
    return entering.Browser(
        request.domain,
        request.client_address,
        request.META.get("HTTP_USER_AGENT", ""),
        session_cookie(request),
    )


def go_to(request: Request, provider: SignInProvider, begun: service.Begun) -> HttpResponse:
    """Send the browser to a provider, with the cookie that it needs when it returns."""
    context = {"address": begun.url, "name": provider.name}
    response = page(request, "accounts/providers/leaving.html", context)
    response.headers["Cache-Control"] = "no-store"
    set_cookie(request, response, ASKED, begun.cookie, service.LIFETIME)
    return response


@any_identity
@while_paused
@methods("POST")
async def begin(request: Request, provider_id: int) -> HttpResponse:
    provider = await open_provider(request.domain, provider_id)
    try:
        begun = await service.begin(
            provider=provider,
            domain=request.domain,
            address=request.client_address,
            next_path=next_path(request, ""),
        )
    except Problem as problem:
        return await show_problem(request, problem, next_path(request, ""))
    return keep_opener(go_to(request, provider, begun), next_path(request, ""))


@any_identity
@while_paused
@methods("GET")
async def done(request: Request, provider_id: int) -> HttpResponse:
    """Let somebody in who comes back from a provider, or connect the account with the login that asked for it."""
    cookie = get_cookie(request, ASKED)
    next_ = service.next_of(cookie)
    response = await _arrive(request, provider_id, cookie, next_)
    set_cookie(request, response, ASKED, "")
    response.headers["Cache-Control"] = "no-store"
    return keep_opener(response, next_)


async def _arrive(request: Request, provider_id: int, cookie: str, next_: str) -> HttpResponse:
    try:
        arrived = await service.finish(
            provider_id=provider_id,
            domain=request.domain,
            query=request.GET.dict(),
            cookie=cookie,
            user=request.user,
        )
        if arrived.user_id is not None:
            await connecting.connect(user=request.user, provider=arrived.provider, claims=arrived.claims)
            words = _("{name} is connected. You can sign in with it now.").format(name=arrived.provider.name)
            return redirect_with_message(request, path_to("settings-security"), words)
        session, opened = await entering.enter(
            provider=arrived.provider, claims=arrived.claims, browser=browser_of(request), next_path=next_
        )
    except entering.NameNeeded as needed:
        response = redirect_with_message(request, path_to("sign-in-with-username", provider_id=provider_id))
        set_cookie(request, response, NEWCOMER, needed.token, entering.NAMED_WITHIN)
        return response
    except SecondFactorNeeded as needed:
        return second_step.show(request, proof_of(needed.user, provider_id), next_=next_)
    except Problem as problem:
        if request.user is not None:
            words = error_message(problem)
            return redirect_with_message(request, path_to("settings-security"), words, kind="bad")
        return await show_problem(request, problem, next_)
    return second_step.signed_in(request, session, opened, next_=next_)


@any_identity
@methods("GET", "POST")
async def username(request: Request, provider_id: int) -> HttpResponse:
    """Let somebody who is new choose a username."""
    token = get_cookie(request, NEWCOMER)
    try:
        who = await entering.newcomer(token=token, domain=request.domain, provider_id=provider_id)
    except Problem as problem:
        return await show_problem(request, problem, "")
    form = await _name_form(request, who)
    if request.method == "POST" and form.is_valid():
        try:
            session, cookie = await entering.create(who=who, browser=browser_of(request), **form.cleaned_data)
        except SecondFactorNeeded as needed:
            return second_step.show(request, proof_of(needed.user, provider_id), next_=who.next)
        except Problem as problem:
            add_error(form, problem)
        else:
            response = second_step.signed_in(request, session, cookie, next_=who.next or path_to("welcome"))
            set_cookie(request, response, NEWCOMER, "")
            return keep_opener(response, who.next)
    context = {"form": form, "provider": who.provider, "email": who.claims.email}
    response = page(request, "accounts/providers/username.html", context, status=422 if form.errors else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


async def _name_form(request: Request, who: entering.Newcomer) -> NameForm:
    form = NameForm(request.POST or None, initial={"username": _suggested(who)})
    least = await _minimum_age(request.domain)
    if least:
        words = _("You must be at least {age} years old. The date is checked and not stored.")
        form.fields["date_of_birth"].help_text = words.format(age=least)
    else:
        del form.fields["date_of_birth"]
    return form


async def _minimum_age(domain: Domain) -> int:
    return await options.get(options.MINIMUM_AGE, domain=domain.pk)


def _suggested(who: entering.Newcomer) -> str:
    """Return the account's name there, if it can be a username here."""
    wanted = who.claims.username.partition("@")[0].lower()[:MAX_USERNAME_LENGTH]
    try:
        return check_username(wanted)
    except Problem:
        return ""
