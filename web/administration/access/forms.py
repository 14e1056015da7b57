"""Forms for rules on networks, e-mail domains and e-mail addresses."""

import datetime as dt

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users.access_rules.models import IpBlock, Severity
from users.domains.models import Domain
from users.logins.models import User
from users.moderation.services import access_rules
from users.moderation.services.access_rules import MAX_COMMENT
from users.roles.models import Scope
from web.domain_choice import chosen_domain, domain_field, offer_domains
from web.templatetags.lengths import MAX_HANDLE

_PLAIN = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}

SEVERITIES = [
    (Severity.sign_up_requires_approval.value, gettext_lazy("Sign-ups need approval")),
    (Severity.sign_up_block.value, gettext_lazy("No sign-ups")),
    (Severity.no_access.value, gettext_lazy("No access")),
]
KEPT = "kept"
_LASTS = [
    ("", gettext_lazy("Until it is removed")),
    ("1", gettext_lazy("For a day")),
    ("7", gettext_lazy("For a week")),
    ("30", gettext_lazy("For 30 days")),
    ("90", gettext_lazy("For 90 days")),
    ("365", gettext_lazy("For a year")),
]


class RuleForm(forms.Form):
    """A new rule of a domain, or of the whole server if its author may set that. `subject` is the field that says on what."""

    subject: str
    domain = domain_field(gettext_lazy("Applies to"))

    async def offer(self, scope: Scope) -> None:
        """Set the choices: the domains of the author's scope, and the whole server only if that is their scope."""
        await offer_domains(self, scope)

    async def chosen(self) -> Domain | None:
        return await chosen_domain(self)

    async def add(self, moderator: User, address: str) -> str:
        """Add the rule, and return what to tell its author. `address` is the author's own."""
        raise NotImplementedError


def lasting(days: int | None) -> dt.timedelta | None:
    """Return the duration of a rule; None for permanent."""
    return dt.timedelta(days=days) if days else None


class NetworkForm(RuleForm):
    subject = "network"
    network = forms.CharField(
        label=gettext_lazy("IP address or network"),
        max_length=100,
        help_text=gettext_lazy("Such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("What it does"),
        choices=SEVERITIES,
        help_text=gettext_lazy("No access: every request is refused, signed in or not."),
    )
    lasts = forms.TypedChoiceField(
        label=gettext_lazy("How long"), choices=_LASTS, coerce=int, empty_value=None, required=False
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=MAX_COMMENT,
        required=False,
        help_text=gettext_lazy("Only staff see it."),
    )
    field_order = ("network", "severity", "lasts", "domain", "comment")

    async def add(self, moderator: User, address: str) -> str:
        asked = self.cleaned_data
        made = await access_rules.add_ip_rule(
            moderator=moderator,
            network=asked["network"],
            severity=asked["severity"],
            comment=asked["comment"],
            lasts=lasting(self.cleaned_data["lasts"]),
            domain=await self.chosen(),
            address=address,
        )
        return _("The rule on {network} is now in effect.").format(network=made.shown_network)


class ChangeForm(forms.Form):
    """A change of a rule on a network; its end does not change unless another duration is chosen, which starts now."""

    network = NetworkForm.base_fields["network"]
    severity = NetworkForm.base_fields["severity"]
    lasts = forms.ChoiceField(
        label=gettext_lazy("How long"), choices=[(KEPT, gettext_lazy("As before")), *_LASTS], required=False
    )
    comment = NetworkForm.base_fields["comment"]

    async def save(self, moderator: User, rule_id: int, address: str) -> IpBlock:
        """Change the rule. `address` is the caller's own."""
        asked = self.cleaned_data
        return await access_rules.change_ip_rule(
            moderator=moderator,
            rule_id=rule_id,
            network=asked["network"],
            severity=asked["severity"],
            comment=asked["comment"],
            lasts=dt.timedelta(days=int(asked["lasts"])) if asked["lasts"].isdecimal() else None,
            keeps_end=asked["lasts"] == KEPT,
            address=address,
        )


class EmailDomainForm(RuleForm):
    subject = "name"
    name = forms.CharField(
        label=gettext_lazy("E-mail domain"),
        max_length=255,
        help_text=gettext_lazy("The part after the @, such as mail.example. All subdomains are included."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    allows_with_approval = forms.BooleanField(
        label=gettext_lazy("Let people sign up after approval by a moderator"), required=False
    )
    lasts = NetworkForm.base_fields["lasts"]
    field_order = ("name", "allows_with_approval", "lasts", "domain")

    async def add(self, moderator: User, address: str) -> str:
        made = await access_rules.block_email_domain(
            moderator=moderator,
            name=self.cleaned_data["name"],
            allows_with_approval=self.cleaned_data["allows_with_approval"],
            lasts=lasting(self.cleaned_data["lasts"]),
            domain=await self.chosen(),
        )
        return _("The rule on {name} is now in effect.").format(name=made.shown_name)


class EmailForm(RuleForm):
    subject = "email"
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=MAX_HANDLE,
        help_text=gettext_lazy("Or the fingerprint of one, as in another server's list."),
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "email"}),
    )
    field_order = ("email", "domain")

    async def add(self, moderator: User, address: str) -> str:
        await access_rules.block_email(
            moderator=moderator, email=self.cleaned_data["email"], domain=await self.chosen()
        )
        return _("Nobody can sign up with this address any more.")
