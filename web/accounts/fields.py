"""Fields shared by several forms about logins."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from users.identities.names import MAX_USERNAME_LENGTH, check_username
from users.logins.addresses import clean_email
from users.logins.passwords import check_password_rules
from web.error_messages import PASSWORD_HINT, validator_of

MAX_PASSWORD_LENGTH = 1000


def email() -> forms.CharField:
    """Return a field for the e-mail address of a new login."""
    return forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        validators=[validator_of(clean_email)],
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )


def new_password(label: str = gettext_lazy("Password"), **attributes: Any) -> forms.CharField:
    """Return a field for a new password."""
    return forms.CharField(
        label=label,
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        validators=[validator_of(check_password_rules)],
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **attributes}),
    )


def username(help_text: str, *, required: bool = True) -> forms.CharField:
    """Return a field for the username of a new identity."""
    attributes = {
        "autocapitalize": "none",
        "spellcheck": "false",
        "autocomplete": "nickname",
        "maxlength": MAX_USERNAME_LENGTH,
    }
    return forms.CharField(
        label=gettext_lazy("Username"),
        validators=[validator_of(check_username)],
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs=attributes),
    )


def own_password(label: str = gettext_lazy("Password"), **attributes: Any) -> forms.CharField:
    """Return a field for the login's current password."""
    return forms.CharField(
        label=label,
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **attributes}),
    )
