"""Subscriptions to blocklists: add one by address, look at what it would change, apply it, refresh it, unsubscribe."""

import msgspec
from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import NotFound, Problem
from core.pages.addresses import path_to
from users.blocklists import queries as reads
from users.blocklists.models import SubscribedServer, Subscription, SubscriptionGraph
from users.blocklists.reading import Ruling
from users.blocklists.services import subscriptions as service
from users.roles.models import Permission
from web.administration.overview import operators_page
from web.error_messages import add_error
from web.pages import for_server_staff, redirect_with_message

_WORDS: dict[str, str] = {
    SubscriptionGraph.fetching.name: gettext_lazy("being fetched"),
    SubscriptionGraph.shown.name: gettext_lazy("waits for you to apply it"),
    SubscriptionGraph.held.name: gettext_lazy("most of its servers disappeared: waits for you"),
    SubscriptionGraph.applying.name: gettext_lazy("being applied"),
    SubscriptionGraph.current.name: gettext_lazy("applied"),
    SubscriptionGraph.retracting.name: gettext_lazy("being removed"),
    SubscriptionGraph.keeping.name: gettext_lazy("being removed"),
    SubscriptionGraph.ended.name: gettext_lazy("being removed"),
}


class SubscriptionForm(forms.Form):
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy(
            "Of a CSV file, such as https://lists.example/blocks.csv. It is fetched once a day."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)


@methods("GET", "POST")
@for_server_staff(Permission.manage_federation)
async def subscriptions(request: Request) -> HttpResponse:
    """Show the subscribed lists, and add one, which has no effect before it was looked at."""
    form = SubscriptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = await service.subscribe(moderator=request.user, **form.cleaned_data)
        except Problem as problem:
            add_error(form, problem, otherwise="address")
        else:
            return redirect_with_message(
                request,
                path_to("admin-subscription", subscription_id=made.pk),
                _("The list is being fetched."),
            )
    found = [{"one": one, "words": _WORDS[one.state]} for one in await reads.all_subscriptions()]
    context = {"form": form, "subscriptions": found, "section": "peers"}
    return operators_page(request, "blocklists/subscriptions", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@for_server_staff(Permission.manage_federation)
async def subscription(request: Request, subscription_id: int) -> HttpResponse:
    """Show a subscribed list with its servers; apply it, fetch it again, or unsubscribe."""
    one = await reads.subscription_by_id(subscription_id)
    if request.method == "POST":
        said = await _done(request, one)
        is_over = request.POST.get("action") in {"keep", "retract"}
        here = path_to("admin-subscription", subscription_id=one.pk)
        return redirect_with_message(request, path_to("admin-subscriptions") if is_over else here, said)
    is_held = one.state == SubscriptionGraph.held.name
    rows = await reads.subscribed_servers(one, gone=is_held, after=request.GET.get("after", "")[:255])
    known = await reads.rulings_of([row.host for row in rows])
    context = {
        "one": one,
        "words": _WORDS[one.state],
        "rows": [_shown(row, known) for row in rows[: reads.PAGE_SIZE]],
        "older": rows[reads.PAGE_SIZE - 1].host if len(rows) > reads.PAGE_SIZE else None,
        "is_shown": one.state == SubscriptionGraph.shown.name,
        "is_held": is_held,
        "is_working": one.state in (SubscriptionGraph.fetching.name, SubscriptionGraph.applying.name)
        and not one.problem,
        "is_ending": one.state in reads.ENDING,
        "section": "peers",
    }
    return operators_page(request, "blocklists/subscription", context)


async def _done(request: Request, one: Subscription) -> str:
    """Apply, fetch or remove a list, depending on the button; return the message to show."""
    action = request.POST.get("action", "")
    if action == "apply":
        await service.accept(moderator=request.user, subscription_id=one.pk)
        return _("The list is being applied.")
    if action == "refresh":
        await service.refresh(moderator=request.user, subscription_id=one.pk)
        return _("The list is being fetched.")
    if action not in {"keep", "retract"}:
        raise NotFound
    await service.unsubscribe(moderator=request.user, subscription_id=one.pk, keeps=action == "keep")
    return _("You are no longer subscribed to {name}.").format(name=one.name)


def _shown(row: SubscribedServer, known: dict[str, Ruling]) -> dict[str, object]:
    """Return a server with the policy in the list, and the one that it has here."""
    return {
        "row": row,
        "ruling": msgspec.json.decode(row.fetched, type=Ruling),
        "now": known.get(row.host, Ruling()),
    }
