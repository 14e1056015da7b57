"""The notification policy: whose notifications are filtered into requests, or dropped."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.notifications.models import PolicyChoice
from activities.notifications.queries import requests as reads
from activities.notifications.services import policy
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.pages.addresses import path_to
from web.pages import page, redirect_with_message, signed_in

_CHOICES = (
    (PolicyChoice.accept.value, gettext_lazy("Show them")),
    (PolicyChoice.filter.value, gettext_lazy("Filter: I look at them first")),
    (PolicyChoice.drop.value, gettext_lazy("Drop: I never see them")),
)


def _choice(label: str, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_CHOICES, help_text=help_text)


class PolicyForm(forms.Form):
    for_not_following = _choice(gettext_lazy("People you don't follow"))
    for_not_followers = _choice(
        gettext_lazy("People who don't follow you"),
        gettext_lazy("Those who followed you less than three days ago count as well."),
    )
    for_new_accounts = _choice(
        gettext_lazy("New accounts"), gettext_lazy("Less than thirty days old, and not followed by you.")
    )
    for_private_mentions = _choice(
        gettext_lazy("Private mentions you didn't ask for"),
        gettext_lazy("Replies to you, and those from people you follow, always reach you."),
    )
    for_limited_accounts = _choice(
        gettext_lazy("Accounts limited by moderators"), gettext_lazy("Unless you follow them.")
    )
    for_bots = _choice(gettext_lazy("Automated accounts"), gettext_lazy("Unless you follow them."))


@methods("GET", "POST")
@signed_in
async def change(request: Request) -> HttpResponse:
    known = await reads.policy_of(request.identity)
    start = {name: getattr(known, name) for name in PolicyForm.base_fields}
    form = PolicyForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        choices = {name: PolicyChoice(choice) for name, choice in form.cleaned_data.items()}
        await policy.change_policy(identity=request.identity, choices=choices)
        return redirect_with_message(request, path_to("settings-notifications-policy"), _("Saved."))
    context = {
        "form": form,
        "filtered": (await reads.pending_counts(request.identity))[0],
        "section": "notifications",
    }
    return page(request, "pushes/policy.html", context, status=422 if form.errors else 200)
