"""Normal form of e-mail addresses, so that one mailbox is one login and has one limit. Pure."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.errors import Invalid
from core.hosts.names import BadHost, normal_host, shown_host

MAX_LENGTH = 254


def clean_email(email: str) -> str:
    """Return the address as stored, its host in lower-case ASCII. Raises BadInput if it is invalid.

    Quoted local parts and literal hosts are refused: they are not used in practice, and variants like `"ada"@` would all reach `ada@`. So
    are the two non-ASCII letters that case-insensitive regular expressions match as `k` and `s`.
    """
    email = email.strip()
    name, _, host = email.rpartition("@")
    try:
        if not name.isascii() or '"' in name or "[" in host:
            raise Invalid("email", "invalid")
        email = f"{name}@{normal_host(host)}"
        validate_email(email)
    except (ValidationError, BadHost) as error:
        raise Invalid("email", "invalid") from error
    if len(email) > MAX_LENGTH:
        raise Invalid("email", "too_long", most=MAX_LENGTH)
    return email


def plain_email(email: str) -> str:
    """Return the form in which addresses are compared: lower case, the host in ASCII. An invalid address is returned in lower case."""
    name, at, host = email.strip().rpartition("@")
    try:
        return f"{name.lower()}{at}{normal_host(host)}"
    except BadHost:
        return f"{name}{at}{host}".lower()


def stored_spellings(email: str) -> list[str]:
    """Return the spellings in which the database may have the address, in lower case: internationalised hosts were once stored as typed.

    PostgreSQL's `lower` handles only ASCII letters in the C locale, which the bundled database uses.
    """
    typed = email.strip()
    plain = plain_email(typed)
    name, at, host = plain.rpartition("@")
    ascii_lower = "".join(char.lower() if char.isascii() else char for char in typed)
    return list({plain, f"{name}{at}{shown_host(host)}", typed.lower(), ascii_lower})
