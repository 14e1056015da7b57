"""The form of a sign-in provider."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users.domains.models import Domain
from users.roles.queries import role_named, roles_for
from users.roles.services import ensure_built_in
from users.sign_in_providers.models import SignInProvider
from users.sign_in_providers.services.providers import Wanted

_TECHNICAL = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


class ProviderForm(forms.Form):
    """The settings of a provider."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("The button says “Sign in with …”."),
    )
    client_id = forms.CharField(
        label=gettext_lazy("Client ID"), max_length=512, widget=forms.TextInput(attrs=_TECHNICAL)
    )
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs=_TECHNICAL),
    )
    creates_logins = forms.BooleanField(
        label=gettext_lazy("Create logins for people who are new here"),
        required=False,
        help_text=gettext_lazy(
            "Even if sign-up is closed or needs approval. Otherwise only connected logins can be used."
        ),
    )
    connects_addresses = forms.BooleanField(
        label=gettext_lazy("Connect logins by their e-mail address"),
        required=False,
        help_text=gettext_lazy(
            "If the provider has verified the address. Logins of staff, and those with identities on other domains, are connected by their owners only."
        ),
    )
    replaces_local = forms.BooleanField(
        label=gettext_lazy("No other way to sign in"),
        required=False,
        help_text=gettext_lazy(
            "Turns passwords, passkeys and sign-up off on this domain while the provider is on."
        ),
    )
    scopes = forms.CharField(
        label=gettext_lazy("Scopes"),
        max_length=500,
        initial="openid profile email",
        widget=forms.TextInput(attrs=_TECHNICAL),
    )
    groups_claim = forms.CharField(
        label=gettext_lazy("Claim with the groups"),
        max_length=100,
        initial="groups",
        widget=forms.TextInput(attrs=_TECHNICAL),
    )
    roles = forms.CharField(
        label=gettext_lazy("Roles by group"),
        max_length=20_000,
        required=False,
        help_text=gettext_lazy(
            "One per line, such as “staff = Moderator”. The first group that somebody is in counts, at each sign-in."
        ),
        widget=forms.Textarea(attrs={"rows": 3, **_TECHNICAL}),
    )

    async def wanted(self, domain: Domain) -> Wanted | None:
        """Return the settings; None, with an error at the field, if a line names no role."""
        typed = {**self.cleaned_data}
        typed.pop("issuer", None)
        roles: list[tuple[str, int]] = []
        await ensure_built_in()
        for line in filter(str.strip, typed.pop("roles").splitlines()):
            group, _sign, name = (part.strip() for part in line.rpartition("="))
            role = await role_named(name, domain.pk) if group else None
            if role is None:
                self.add_error("roles", _("There is no such role: {line}").format(line=line.strip()))
                return None
            roles.append((group, role.pk))
        return Wanted(roles=roles, **typed)


class NewProviderForm(ProviderForm):
    issuer = forms.CharField(
        label=gettext_lazy("Address of the provider (issuer)"),
        max_length=2000,
        help_text=gettext_lazy(
            "Such as https://sso.example.com/realms/main. Its configuration is read from there."
        ),
        widget=forms.TextInput(attrs={**_TECHNICAL, "inputmode": "url"}),
    )
    field_order = ("issuer",)


async def initial_of(provider: SignInProvider) -> dict[str, Any]:
    """Return the values of a provider's form; its secret is never shown again."""
    names = {role.pk: role.name for role in await roles_for(provider.domain_id)}
    lines = [f"{group} = {names[role_id]}" for group, role_id in provider.roles if role_id in names]
    shown = (
        "name",
        "client_id",
        "creates_logins",
        "connects_addresses",
        "replaces_local",
        "scopes",
        "groups_claim",
    )
    return {**{name: getattr(provider, name) for name in shown}, "roles": "\n".join(lines)}
