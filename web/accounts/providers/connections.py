"""The accounts at providers that are connected with a login, in its settings."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.logins.services.guess_limits import require_password
from users.sign_in_providers import queries as reads
from users.sign_in_providers.services import connecting
from users.sign_in_providers.services import flow as service
from web.accounts import fields
from web.accounts.providers.flow import go_to
from web.error_messages import add_error, error_message
from web.pages import page, redirect_with_message, with_login


class PasswordForm(forms.Form):
    password = fields.own_password(gettext_lazy("Your password"))


async def connections_of(request: Request) -> dict[str, Any]:
    """Return what the security page shows: the connections, and the providers of this domain that have none."""
    links = await reads.links_of(request.user)
    connected = {one.provider_id for one in links}
    offered = [one for one in await reads.providers_of(request.domain) if one.pk not in connected]
    return {"links": links, "offered": offered}


@methods("GET", "POST")
@with_login
async def connect(request: Request, provider_id: int) -> HttpResponse:
    """Ask for the password, if the login has one, and go to the provider: whoever finds an open browser must not get a way in that lasts."""
    provider = await reads.open_provider(request.domain, provider_id)
    form = PasswordForm(request.POST or None)
    if not request.user.password_hash:
        del form.fields["password"]
    if request.method == "POST" and form.is_valid():
        try:
            if request.user.password_hash:
                await require_password(request.user, form.cleaned_data["password"])
            begun = await service.begin(
                provider=provider, domain=request.domain, address=request.client_address, user=request.user
            )
        except Problem as problem:
            add_error(form, problem, otherwise="password" if problem.code == "wrong_password" else None)
        else:
            return go_to(request, provider, begun)
    context = {"form": form, "provider": provider, "section": "security"}
    return page(request, "accounts/providers/connect.html", context, status=422 if form.errors else 200)


@methods("POST")
@with_login
async def disconnect(request: Request, link_id: int) -> HttpResponse:
    back = path_to("settings-security")
    try:
        await connecting.disconnect(user=request.user, link_id=link_id)
    except Problem as problem:
        if problem.code != "provider_only_way":
            raise
        return redirect_with_message(request, back, error_message(problem), kind="bad")
    return redirect_with_message(request, back, _("Disconnected."))
