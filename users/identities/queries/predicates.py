"""SQL conditions on identities. `row` is the statement's name of a row of users_identity."""

from users.identities.models import Restriction


def is_active(row: str) -> str:
    """Return SQL for: neither deleted nor suspended."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction <> {Restriction.suspended.value}"


def is_unrestricted(row: str) -> str:
    """Return SQL for: neither deleted, suspended nor limited."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction = {Restriction.none.value}"
