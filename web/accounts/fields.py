"""Fields that several forms about logins have."""

from typing import Any

from django import forms

from users.identities.names import LONGEST_USERNAME, check_username
from users.logins.addresses import clean_email
from users.logins.passwords import check_password_rules
from web.sentences import PASSWORD_HINT, validator_of

LONGEST_PASSWORD = 1000


def email() -> forms.CharField:
    """Return the field of the address of a new login."""
    return forms.CharField(
        label="E-mail address",
        max_length=254,
        validators=[validator_of(clean_email)],
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )


def new_password(label: str = "Password", **attributes: Any) -> forms.CharField:
    """Return the field of a password that is chosen here."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        validators=[validator_of(check_password_rules)],
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **attributes}),
    )


def username(help_text: str, *, required: bool = True) -> forms.CharField:
    """Return the field of the name of a new identity."""
    attributes = {
        "autocapitalize": "none",
        "spellcheck": "false",
        "autocomplete": "nickname",
        "maxlength": LONGEST_USERNAME,
    }
    return forms.CharField(
        label="Username",
        validators=[validator_of(check_username)],
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs=attributes),
    )


def own_password(label: str = "Password", **attributes: Any) -> forms.CharField:
    """Return the field of the password that a login has."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **attributes}),
    )
