"""SQL conditions on identities. `row` is the statement's name of a row of users_identity."""

from federation.peers import blocked_hosts_sql, host_in_sql, known_policies
from users.identities.models import Restriction


def is_active(row: str) -> str:
    """Return SQL for: neither deleted nor suspended."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction <> {Restriction.suspended.value}"


def is_unrestricted(row: str) -> str:
    """Return SQL for: neither deleted, suspended nor limited."""
    return f"{row}.deleted_at IS NULL AND {row}.restriction = {Restriction.none.value}"


def is_reachable(row: str) -> str:
    """Return SQL for: of this server, or of one that is not blocked. Some probes of federation_peer_ruled for each remote one: for few rows."""
    return f"({row}.domain_id IS NOT NULL OR NOT {blocked_hosts_sql(host_in_sql(f'{row}.uri'))})"


async def and_reachable(row: str) -> str:
    """Return `is_reachable` as one more condition of a list; nothing, which costs nothing, while no server has a policy."""
    return f" AND {is_reachable(row)}" if await known_policies() else ""


def may_be_featured(row: str) -> str:
    """Return SQL for: agrees to be in collections of others (FEP-7aa9), here by being discoverable, as in Mastodon."""
    return f"({row}.allows_featuring OR {row}.domain_id IS NOT NULL AND {row}.is_discoverable)"
