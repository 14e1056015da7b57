"""Relays: subscribe by address, set limits, unsubscribe, and show statistics."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from federation.models import Relay
from federation.relays import subscribing
from federation.relays.queries import all_relays, relay_with_id, state_of
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import add_error
from web.pages import for_server_staff, redirect_with_message


class LimitsForm(forms.Form):
    """The limits of a relay."""

    most_per_minute = forms.IntegerField(
        label=gettext_lazy("Posts per minute"),
        min_value=1,
        max_value=subscribing.MAX_PER_MINUTE,
        initial=subscribing.POSTS_PER_MINUTE,
        help_text=gettext_lazy("Anything beyond that is dropped and counted."),
    )
    hashtags = forms.CharField(
        label=gettext_lazy("Only these hashtags"),
        help_text=gettext_lazy("Separated by spaces. If empty, all posts are accepted."),
        max_length=5000,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_hashtags(self) -> list[str]:
        """Return the entered hashtags as a list."""
        return self.cleaned_data["hashtags"].replace(",", " ").split()


class NewRelayForm(LimitsForm):
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2048,
        help_text=gettext_lazy(
            "As the relay gives it, such as https://relay.example/inbox or https://relay.example/actor."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}),
    )
    field_order = ("address", "most_per_minute", "hashtags")


def _shown(relay: Relay) -> dict[str, object]:
    return {"relay": relay, "state": state_of(relay)}


@methods("GET", "POST")
@for_server_staff(Permission.manage_settings)
async def relays(request: Request) -> HttpResponse:
    form = NewRelayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = await subscribing.add_relay(**form.cleaned_data)
        except Problem as problem:
            add_error(form, problem, otherwise="address")
        else:
            return redirect_with_message(
                request,
                path_to("admin-relays"),
                _("A request was sent to the relay at {address}.").format(address=added.address),
            )
    context = {"form": form, "relays": [_shown(relay) for relay in await all_relays()]}
    return operators_page(request, "relays/relays", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@for_server_staff(Permission.manage_settings)
async def relay(request: Request, relay_id: int) -> HttpResponse:
    found = await relay_with_id(relay_id)
    initial = {"most_per_minute": found.most_per_minute, "hashtags": " ".join(found.hashtags)}
    form = LimitsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            await subscribing.change_relay(relay_id=relay_id, **form.cleaned_data)
        except Problem as problem:
            add_error(form, problem, otherwise="hashtags")
        else:
            return redirect_with_message(
                request, path_to("admin-relays"), _("{address} was changed.").format(address=found.address)
            )
    context = {**_shown(found), "form": form, "section": "relays"}
    return operators_page(request, "relays/relay", context, status=422 if form.errors else 200)


@methods("POST")
@for_server_staff(Permission.manage_settings)
async def remove(request: Request, relay_id: int) -> HttpResponse:
    removed = await subscribing.remove_relay(relay_id=relay_id)
    return redirect_with_message(
        request, path_to("admin-relays"), _("{address} was removed.").format(address=removed.address)
    )
