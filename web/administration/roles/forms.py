"""The forms of roles, and the names of permissions."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users.roles.models import Permission, Role, Scope
from web.domain_choice import domain_field, offer_domains
from web.templatetags.lengths import MAX_HANDLE

# those that pages check; Mastodon's others would have no effect
WORDS: dict[Permission, str] = {
    Permission.administrator: gettext_lazy("Everything, like an owner"),
    Permission.view_dashboard: gettext_lazy("See statistics"),
    Permission.manage_reports: gettext_lazy("Handle reports"),
    Permission.manage_appeals: gettext_lazy("Decide on appeals"),
    Permission.manage_users: gettext_lazy("Restrict people and decide on sign-ups"),
    Permission.manage_user_access: gettext_lazy("See e-mail addresses, and say how people sign in"),
    Permission.manage_taxonomies: gettext_lazy("Review trends and hashtags"),
    Permission.manage_invites: gettext_lazy("Invite people, and manage the invitations of others"),
    Permission.invite_users: gettext_lazy("Invite people (their own invitations only)"),
    Permission.delete_user_data: gettext_lazy("Erase suspended people"),
    Permission.manage_blocks: gettext_lazy("Manage access rules"),
    Permission.view_audit_log: gettext_lazy("Read the audit log"),
    Permission.manage_announcements: gettext_lazy("Publish announcements"),
    Permission.manage_settings: gettext_lazy("Change the settings of domains"),
    Permission.manage_rules: gettext_lazy("Change the rules of domains"),
    Permission.manage_roles: gettext_lazy("Create and give roles"),
    Permission.manage_federation: gettext_lazy("Set policies for other servers (on the whole server)"),
    Permission.manage_custom_emojis: gettext_lazy("Manage custom emoji"),
    Permission.view_devops: gettext_lazy("See queues and media (on the whole server)"),
}
_OF_SERVER = Permission.manage_federation | Permission.view_devops


class RoleForm(forms.Form):
    """The name and the permissions of a role: among those that the reader has on its domain."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=50)
    permissions = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Permissions"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def offer(self, held: Permission, *, is_of_server: bool) -> None:
        """Set the choices."""
        self.fields["permissions"].choices = [
            (int(one), words)
            for one, words in WORDS.items()
            if held & one and (is_of_server or not one & _OF_SERVER)
        ]

    @property
    def chosen(self) -> Permission:
        return Permission(sum(self.cleaned_data["permissions"]))


class NewRoleForm(RoleForm):
    domain = domain_field()

    def clean(self) -> None:
        if (
            self.cleaned_data.get("domain")
            and "permissions" in self.cleaned_data
            and self.chosen & _OF_SERVER
        ):
            self.add_error("permissions", _("On a domain, permissions for the whole server have no effect."))


class GrantForm(forms.Form):
    who = forms.CharField(
        label=gettext_lazy("E-mail address or handle"),
        max_length=MAX_HANDLE,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    domain = domain_field()


async def offer_places(form: forms.Form, scope: Scope, role: Role | None = None) -> None:
    """Set the choices: the domains where the reader grants roles, and the whole server if that is their scope."""
    home = role.domain_id if role is not None else None
    await offer_domains(
        form,
        scope,
        all_words=_("Whole server"),
        offers_all=scope is None and home is None,
        only=lambda domain_id: home in {None, domain_id},
    )
