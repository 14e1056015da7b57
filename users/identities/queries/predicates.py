"""SQL conditions on identities. `row` is the statement's name of a row of users_identity."""

from users.identities.models import Restriction


def is_active(row: str) -> str:
    """Return SQL for: neither deleted nor suspended."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction <> {Restriction.suspended.value}"


def is_unrestricted(row: str) -> str:
    """Return SQL for: neither deleted, suspended nor limited."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction = {Restriction.none.value}"


def may_be_featured(row: str) -> str:
    """Return SQL for: agrees to be in collections of others (FEP-7aa9), here by being discoverable, as in Mastodon."""
    return f"({row}.allows_featuring OR {row}.domain_id IS NOT NULL AND {row}.is_discoverable)"
