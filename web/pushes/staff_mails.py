"""Settings of mails to staff: how often they tell of reports, sign-ups and appeals."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.asgi.decorators import methods, no_csrf
from core.asgi.request import Request
from core.pages.addresses import path_to
from users.logins.models import StaffMails, User
from users.logins.services import notices
from web.pages import for_any_staff, page, redirect_with_message

WORDS = {
    "reports": gettext_lazy("Reports"),
    "sign_ups": gettext_lazy("Sign-ups to approve"),
    "appeals": gettext_lazy("Appeals"),
    "troubles": gettext_lazy("Problems of the server"),
}
_OFTEN = [
    (StaffMails.at_once.value, gettext_lazy("At once, at most every hour")),
    (StaffMails.daily.value, gettext_lazy("Every day")),
    (StaffMails.none.value, gettext_lazy("Never")),
]


class StaffMailsForm(forms.Form):
    """One choice for each kind of item that waits for this login."""

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        for about in notices.kinds_for(user):
            self.fields[about] = forms.TypedChoiceField(
                label=WORDS[about],
                choices=_OFTEN,
                coerce=StaffMails,
                initial=notices.staff_mails_of(user, about).value,
            )


@methods("GET", "POST")
@for_any_staff
async def change(request: Request) -> HttpResponse:
    """Show how often this login gets mails to staff, or change it."""
    form = StaffMailsForm(request.POST or None, request.user)
    if request.method == "POST" and form.is_valid():
        await notices.choose_staff_mails(user=request.user, often=form.cleaned_data)
        return redirect_with_message(request, path_to("settings-notifications-staff"), _("Saved."))
    context = {"form": form, "email": request.user.email, "section": "notifications"}
    return page(request, "pushes/staff_mails.html", context, status=422 if form.errors else 200)


@methods("GET", "POST")
@no_csrf  # mail clients send it (RFC 8058); the token in the path authorises it
async def stop(request: Request, token: str) -> HttpResponse:
    """Ask whether to end the mails of a kind, or end them; without signing in, so that whoever gets the mails can."""
    user, about = await notices.staff_mails_in(token)
    if request.method == "POST":
        await notices.choose_staff_mails(user=user, often={about: StaffMails.none})
    context = {
        "words": WORDS.get(about, about),
        "is_ended": notices.staff_mails_of(user, about) == StaffMails.none,
        "token": token,
    }
    return page(request, "pushes/staff_mails_stop.html", context)
