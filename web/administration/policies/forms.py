"""The form for a domain's policy for another server."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from federation.models import DomainPolicy, Policy
from users.moderation.services.domain_policies import MAX_COMMENT_LENGTH, Choice


class ChangeForm(forms.Form):
    """A policy of a domain for a server. Everything applies to posts that are here already, too."""

    policy = forms.ChoiceField(
        label=gettext_lazy("Policy"),
        choices=[
            (Policy.open, gettext_lazy("Only what is chosen below")),
            (Policy.limited, gettext_lazy("Limited: only followers see its people's posts")),
            (Policy.blocked, gettext_lazy("Blocked: this domain and that server see nothing of each other")),
        ],
    )
    reject_media = forms.BooleanField(label=gettext_lazy("Hide its media and emoji"), required=False)
    force_sensitive = forms.BooleanField(label=gettext_lazy("Cover the media of its posts"), required=False)
    force_unlisted = forms.BooleanField(
        label=gettext_lazy("Keep its posts out of public timelines"), required=False
    )
    strip_links = forms.BooleanField(
        label=gettext_lazy("Turn the links of its posts into text"), required=False
    )
    public_comment = forms.CharField(
        label=gettext_lazy("Public comment"),
        help_text=gettext_lazy("Shown wherever this domain lists the servers that it blocks or limits."),
        max_length=MAX_COMMENT_LENGTH,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("Only moderators see it."),
        max_length=MAX_COMMENT_LENGTH,
        required=False,
    )

    @property
    def choice(self) -> Choice:
        return Choice(**{name: self.cleaned_data[name] for name in Choice.__struct_fields__})

    @classmethod
    def for_policy(cls, data: Any, row: DomainPolicy) -> "ChangeForm":
        return cls(data, initial={name: getattr(row, name) for name in Choice.__struct_fields__})


class PolicyForm(ChangeForm):
    host = forms.CharField(
        label=gettext_lazy("Server"),
        max_length=255,
        help_text=gettext_lazy("A domain, such as example.com. The policy applies to its subdomains, too."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )

    field_order = ("host",)
