"""Look-up of domains by host name, and of their texts.

Domains are cached in the process, because every request needs them. The cache is reloaded every `CACHE_S` seconds, at once in the process
that changed a domain, and soon after an unknown host was requested: other processes see a new domain within half a second and a change
within five.
"""

import datetime as dt
import time
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from core import clock
from core.config import config
from core.db import sql
from core.hosts.names import BadHost, normal_authority
from core.server_state import PerServer
from federation.policies.domains import exempt
from federation.registry import own_hosts
from users.domains.limits import DEFAULTS, Limits, limits_in
from users.domains.models import REMOVED, Domain, DomainGraph, DomainText, DomainTextKind, Rule

CACHE_S = 5.0
MIN_RELOAD_INTERVAL_S = 0.5


class _Domains:
    """The domains as last read."""

    def __init__(self) -> None:
        self.by_host: dict[str, Domain] = {}
        self.by_id: dict[int, Domain] = {}
        self.hosts: frozenset[str] = frozenset()
        self.read_at = float("-inf")
        self.changes = 0


_domains = PerServer(_Domains)


def clear_domain_cache() -> None:
    """Drop the cache, so that the next look-up reads the database, and discard a read in progress."""
    kept = _domains()
    kept.read_at, kept.changes = float("-inf"), kept.changes + 1


def _spelled(host: str) -> str:
    """Return a Host header in the form used for comparison, without a default port; "" if it is not a valid host."""
    try:
        name = normal_authority(host.strip())
    except BadHost:
        return ""
    return name.removesuffix(":443").removesuffix(":80")


async def _read() -> None:
    kept, started = _domains(), time.monotonic()
    changes = kept.changes
    domains = [domain async for domain in Domain.objects.annotate(found_rules=_RULES).order_by("id")]
    for domain in domains:
        domain.all_rules = [_rule(row) for row in domain.found_rules]
    by_host: dict[str, Domain] = {}
    for domain in domains:
        by_host.setdefault(domain.name.lower(), domain)
    for domain in domains:  # a service host takes precedence over a domain name
        if domain.service_name:
            by_host[domain.service_name.lower()] = domain
    kept.by_host, kept.by_id = by_host, {domain.pk: domain for domain in domains}
    kept.hosts = frozenset(by_host)
    if kept.changes == changes:
        kept.read_at = started


# the rules of each domain in their order, with those that were removed, in the same statement (unique index on domain and number)
_RULES = RawSQL(  # noqa: S611 - no value of anybody is in it
    f"""(SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.place, r.number), '[]') FROM {sql.table(Rule)} r
         WHERE r.domain_id = {sql.table(Domain)}.id)""",
    [],
    output_field=JSONField(),
)


def _rule(row: dict[str, Any]) -> Rule:
    times = {name: dt.datetime.fromisoformat(row[name]) for name in ("removed_at", "created_at") if row[name]}
    return Rule(**(row | times))


async def _fresh(age_s: float) -> None:
    if time.monotonic() - _domains().read_at > age_s:
        await _read()


async def domain_for_host(host: str) -> Domain | None:
    """Return the domain whose name or service name is `host`. The object is shared between requests: don't change it."""
    host = _spelled(host)
    return await _found(lambda domains: domains.by_host.get(host))


async def domain_by_id(domain_id: int) -> Domain | None:
    """Return the domain with this id."""
    return await _found(lambda domains: domains.by_id.get(domain_id))


async def _found(look_up: Callable[[_Domains], Domain | None]) -> Domain | None:
    """Return the cached domain. Before returning None, reload the table, but not on every miss."""
    await _fresh(CACHE_S)
    found = look_up(_domains())
    if found is None:
        await _fresh(MIN_RELOAD_INTERVAL_S)
        found = look_up(_domains())
    return found


async def limits_of(domain_id: int | None) -> Limits:
    """Return the limits of what people of a domain write."""
    domain = await domain_by_id(domain_id) if domain_id is not None else None
    return DEFAULTS if domain is None else limits_in(domain.limits)


async def is_local_only(domain_id: int | None) -> bool:
    """Return whether a domain doesn't federate."""
    domain = await domain_by_id(domain_id) if domain_id is not None else None
    return domain is not None and domain.is_local_only


def hidden_from_visitors() -> list[Domain]:
    """Return the domains that show their people to nobody who isn't signed in, as last read."""
    return [domain for domain in _domains().by_id.values() if not domain.shows_profiles]


def accent_of(domain_id: int | None) -> str:
    """Return the accent colour of a domain as last read; "" for an unknown one. For templates, which can't wait."""
    domain = _domains().by_id.get(domain_id or 0)
    return "" if domain is None else domain.accent_color


async def domain_by_name(name: str) -> Domain | None:
    """Return the domain whose handles end in `name`."""
    found = await domain_for_host(name)
    return found if found is not None and found.name.lower() == _spelled(name) else None


async def local_domains(*, with_removed: bool = False) -> list[Domain]:
    """Return every domain, oldest first; those that are being removed, and their names afterwards, only if asked for."""
    await _fresh(CACHE_S)
    return [domain for domain in _domains().by_id.values() if with_removed or not domain.is_removed]


async def main_domain() -> Domain | None:
    """Return the domain that speaks for the whole server: `MAIN_DOMAIN`, or else the oldest one."""
    named = await domain_for_host(config().main_domain) if config().main_domain else None
    return named or next(iter(await local_domains()), None)


@own_hosts
@exempt
def known_hosts() -> frozenset[str]:
    """Return the hosts of all domains as last read. A caller that holds a domain can rely on a read having happened."""
    return _domains().hosts


async def is_local_host(host: str) -> bool:
    """Return whether documents on `host` are local."""
    return await domain_for_host(host) is not None


async def current_text(domain: Domain, kind: DomainTextKind) -> DomainText | None:
    """Return the text in effect today; None if nothing was published (unique index on domain, kind and day)."""
    rows = DomainText.objects.filter(domain=domain.pk, kind=kind, effective_on__lte=clock.now().date())
    return await rows.order_by("-effective_on").afirst()


async def text_of(domain: Domain, kind: DomainTextKind, day: dt.date) -> DomainText | None:
    """Return the version that takes effect on this day."""
    return await DomainText.objects.filter(domain=domain.pk, kind=kind, effective_on=day).afirst()


async def next_text(text: DomainText) -> DomainText | None:
    """Return the version that replaces this one."""
    rows = DomainText.objects.filter(
        domain=text.domain_id, kind=text.kind, effective_on__gt=text.effective_on
    )
    return await rows.order_by("effective_on").afirst()


async def versions_of(domain: Domain, kind: DomainTextKind) -> list[dt.date]:
    """Return the days on which versions of a text take effect, newest first: the latest fifty."""
    rows = DomainText.objects.filter(domain=domain.pk, kind=kind).order_by("-effective_on")
    return [day async for day in rows.values_list("effective_on", flat=True)[:50]]


async def current_kinds(domain: Domain) -> set[str]:
    """Return which kinds of text are published and in effect today (unique index on domain, kind and day)."""
    rows = DomainText.objects.filter(domain=domain.pk, effective_on__lte=clock.now().date())
    return {kind async for kind in rows.values_list("kind", flat=True).distinct()}


async def stopped_domains(domain_ids: Collection[int]) -> set[int]:
    """Return those of these domains that are paused or removed, as the database has it now."""
    stopped = Domain.objects.filter(pk__in=domain_ids, state__in=[str(DomainGraph.paused), *REMOVED])
    return {pk async for pk in stopped.values_list("pk", flat=True)} if domain_ids else set()
