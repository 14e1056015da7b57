"""Policies of one domain for other servers: for its staff, and what it publishes.

The policy for all servers of a domain that doesn't federate is a switch on its page, and not among them.
"""

from federation.models import DomainPolicy, Policy
from federation.policies.domains import EVERY_HOST
from users.domains.models import Domain


async def domain_policies(domain: Domain, *, after: str = "", limit: int = 50) -> list[DomainPolicy]:
    """Return a domain's policies by host. Served by federation_domain_policy_host."""
    rows = DomainPolicy.objects.filter(domain=domain, host__gt=after).exclude(host=EVERY_HOST)
    return [row async for row in rows.order_by("host")[:limit]]


async def policy_by_id(policy_id: int) -> DomainPolicy | None:
    """Return a policy of any domain, for a caller that checks its domain (primary key)."""
    return await DomainPolicy.objects.filter(pk=policy_id).exclude(host=EVERY_HOST).afirst()


async def policy_for(domain: Domain, host: str) -> DomainPolicy | None:
    """Return a domain's policy for exactly this host. Served by federation_domain_policy_host."""
    rows = DomainPolicy.objects.filter(domain=domain, host=host.strip().lower())
    return await rows.exclude(host=EVERY_HOST).afirst()


async def published_policies(domain: Domain) -> list[tuple[str, str, str]]:
    """Return `[(host, policy, public comment)]` of the servers that a domain blocks or limits. Served by its index on host."""
    rows = DomainPolicy.objects.filter(domain=domain).exclude(policy=Policy.open)
    rows = rows.exclude(host=EVERY_HOST).order_by("host")
    return [row async for row in rows.values_list("host", "policy", "public_comment")]
