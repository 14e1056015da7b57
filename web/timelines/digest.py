"""Settings of digests: how often a user gets an e-mail with the posts they missed."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.digests.models import Frequency
from activities.digests.services import MOST_POSTS, digest_of, end_digest, frequency_of, set_frequency
from core.asgi.decorators import methods, no_csrf
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, signed_in


class DigestForm(forms.Form):
    days = forms.TypedChoiceField(
        label=gettext_lazy("How often"),
        required=False,
        coerce=int,
        empty_value=0,
        choices=[
            ("", gettext_lazy("Never")),
            (str(Frequency.daily.value), gettext_lazy("Every day")),
            (str(Frequency.weekly.value), gettext_lazy("Every week")),
        ],
    )


@methods("GET", "POST")
@signed_in
async def change(request: Request) -> HttpResponse:
    """Show how often this login gets digests of the identity, or change it."""
    known = await frequency_of(request.user, request.identity)
    form = DigestForm(request.POST or None, initial={"days": str(known.value) if known else ""})
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        await set_frequency(
            user=request.user, identity=request.identity, frequency=Frequency(days) if days else None
        )
        return redirect_with_message(request, path_to("settings-notifications-digest"), _("Saved."))
    context = {"form": form, "most": MOST_POSTS, "email": request.user.email, "section": "notifications"}
    return page(request, "pushes/digest.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@no_csrf  # mail clients send it (RFC 8058); the token in the path authorises it
async def stop(request: Request, token: str) -> HttpResponse:
    """Ask whether to end the digest of a mail, or end it; without signing in, so that whoever gets the mails can."""
    if request.method == "POST":
        await end_digest(token)
    return page(request, "pushes/digest_stop.html", {"digest": await digest_of(token), "token": token})
