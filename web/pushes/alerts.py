"""Settings of mails about notifications: what a user gets an e-mail about as it happens."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.alerts.models import AlertKind
from activities.alerts.services import BETWEEN_MAILS, alert_of, end_alert, kinds_of, set_kinds
from core.asgi.decorators import methods, no_csrf
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, signed_in


class AlertsForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Send me an e-mail about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (AlertKind.mention.value, gettext_lazy("Mentions and replies")),
            (AlertKind.private_mention.value, gettext_lazy("Private mentions, without their text")),
            (AlertKind.follow_request.value, gettext_lazy("Follow requests")),
            (AlertKind.request.value, gettext_lazy("Requests to reply to, like or boost my posts")),
            (AlertKind.follow.value, gettext_lazy("New followers")),
            (AlertKind.quote.value, gettext_lazy("Quotes of my posts")),
        ],
    )


@methods("GET", "POST")
@signed_in
async def change(request: Request) -> HttpResponse:
    """Show what this login gets mails about for the identity, or change it."""
    known = await kinds_of(request.user, request.identity)
    form = AlertsForm(request.POST or None, initial={"kinds": [kind.value for kind in known]})
    if request.method == "POST" and form.is_valid():
        kinds = [AlertKind(kind) for kind in form.cleaned_data["kinds"]]
        await set_kinds(user=request.user, identity=request.identity, kinds=kinds)
        return redirect_with_message(request, path_to("settings-notifications-mail"), _("Saved."))
    context = {
        "form": form,
        "minutes": BETWEEN_MAILS.seconds // 60,
        "email": request.user.email,
        "section": "notifications",
    }
    return page(request, "pushes/alerts.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@no_csrf  # mail clients send it (RFC 8058); the token in the path authorises it
async def stop(request: Request, token: str) -> HttpResponse:
    """Ask whether to end the mails about notifications, or end them; without signing in, so that whoever gets them can."""
    if request.method == "POST":
        await end_alert(token)
    return page(request, "pushes/alerts_stop.html", {"alert": await alert_of(token), "token": token})
