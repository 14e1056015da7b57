"""The form with the policy of another server."""

from django import forms
from django.utils.translation import gettext_lazy

from federation.models import Policy
from federation.policies import Handling

_ON_OR_OFF = [("", gettext_lazy("As before")), ("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))]


class PeerForm(forms.Form):
    host = forms.CharField(
        label=gettext_lazy("Server"),
        max_length=255,
        help_text=gettext_lazy("A domain, such as example.com. The policy applies to its subdomains, too."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("Policy"),
        required=False,
        choices=[
            ("", gettext_lazy("As before")),
            (Policy.open, gettext_lazy("Open: no restrictions")),
            (Policy.allowed, gettext_lazy("Allowed: an exception below a blocked domain, and listed")),
            (Policy.limited, gettext_lazy("Limited: only followers see its posts")),
            (Policy.blocked, gettext_lazy("Blocked: nothing is received or sent")),
        ],
    )
    media = forms.ChoiceField(
        label=gettext_lazy("Media"),
        choices=[
            ("", gettext_lazy("As before")),
            ("shown", gettext_lazy("Shown")),
            (
                "refused",
                gettext_lazy("Refused: its pictures, videos, audio and emoji are not shown or stored"),
            ),
        ],
        required=False,
    )
    reports = forms.ChoiceField(
        label=gettext_lazy("Reports"),
        choices=[
            ("", gettext_lazy("As before")),
            ("accepted", gettext_lazy("Accepted: moderators see its reports")),
            ("refused", gettext_lazy("Refused: moderators don't see its reports")),
        ],
        required=False,
    )
    force_sensitive = forms.ChoiceField(
        label=gettext_lazy("Cover the media of its posts"), choices=_ON_OR_OFF, required=False
    )
    force_unlisted = forms.ChoiceField(
        label=gettext_lazy("Keep its posts out of public timelines"), choices=_ON_OR_OFF, required=False
    )
    strip_links = forms.ChoiceField(
        label=gettext_lazy("Turn the links of its posts into text"),
        help_text=gettext_lazy("These three apply to posts and edits that arrive from now on."),
        choices=_ON_OR_OFF,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("Only moderators see it."),
        max_length=1000,
        required=False,
    )

    def take_handling(self) -> dict[Handling, bool]:
        """Remove the answers about its people's posts from the cleaned data, and return those that change something."""
        answers = {one: self.cleaned_data.pop(str(one.name)) for one in Handling}
        return {one: answer == "yes" for one, answer in answers.items() if answer}
