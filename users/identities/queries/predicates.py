"""SQL conditions on identities. `row` is the alias of users_identity in the statement."""

from federation.peers import blocked_hosts_sql, host_in_sql, known_policies
from federation.policies.domains import hidden_by_domain, hides_any, reading_domain
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
    """Return SQL for: local, or of a server that neither this one blocks nor the domain that reads hides.

    Probes federation_peer_ruled a few times for each remote row: for few rows.
    """
    host = host_in_sql(f"{row}.uri")
    hidden = blocked_hosts_sql(host)
    if hides_any():
        hidden = f"({hidden} OR {hidden_by_domain(str(int(reading_domain())), host)})"
    return f"({row}.domain_id IS NOT NULL OR NOT {hidden})"


async def and_reachable(row: str) -> str:
    """Return `is_reachable` as an additional AND condition; nothing, at no cost, while no server has a policy."""
    return f" AND {is_reachable(row)}" if await known_policies() or hides_any() else ""


def may_be_featured(row: str) -> str:
    """Return SQL for: may be put in others' collections (FEP-7aa9); local ones if they are discoverable, as in Mastodon."""
    return f"({row}.allows_featuring OR {row}.domain_id IS NOT NULL AND {row}.is_discoverable)"
