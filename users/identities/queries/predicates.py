"""SQL conditions on identities. `row` is the alias of users_identity in the statement."""

from federation.peers import blocked_hosts_sql, host_in_sql, known_policies
from users.identities.models import Restriction


def is_active(row: str) -> str:
    """Return SQL for: neither deleted nor suspended."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction <> {Restriction.suspended.value}"


def is_suspended(row: str) -> str:
    """Return SQL for: suspended, and not deleted since."""
    return f"{row}.restriction = {Restriction.suspended.value} AND {row}.deleted_at IS NULL"


def is_suspended_by_staff(row: str) -> str:
    """Return SQL for: suspended, and not by its owner, who may still take back the deletion."""
    return f"{is_suspended(row)} AND {row}.leaves_at IS NULL"


def is_unrestricted(row: str) -> str:
    """Return SQL for: neither deleted, suspended nor limited."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction = {Restriction.none.value}"


def is_reachable(row: str) -> str:
    """Return SQL for: local, or of a server that is not blocked. Probes federation_peer_ruled a few times for each remote row: for few rows."""
    return f"({row}.domain_id IS NOT NULL OR NOT {blocked_hosts_sql(host_in_sql(f'{row}.uri'))})"


async def and_reachable(row: str) -> str:
    """Return `is_reachable` as an additional AND condition; nothing, at no cost, while no server has a policy."""
    return f" AND {is_reachable(row)}" if await known_policies() else ""


def may_be_featured(row: str) -> str:
    """Return SQL for: may be put in others' collections (FEP-7aa9); local ones if they are discoverable, as in Mastodon."""
    return f"({row}.allows_featuring OR {row}.domain_id IS NOT NULL AND {row}.is_discoverable)"
