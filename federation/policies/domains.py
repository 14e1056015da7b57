"""Policies of our domains for other servers, on top of the server's: whose policies apply to what is read, and what they hide.

A domain can only add to what the server refuses. One that doesn't federate has a block of every host. Its people's posts and follows stay stored, because people of other domains see the same
rows: everything is decided when something is read. peers.py reads the table together with its own policies.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.db.sql import exists
from core.server_state import PerServer
from federation.policies import Effect, with_parents

EVERY_HOST = "*"
"""The host of a policy for all other servers: a domain that doesn't federate blocks it."""

_reader: ContextVar[int] = ContextVar("reading_domain", default=0)

# the effects of a row, for the cache
EFFECTS = f"""({Effect.hides:d} * (policy = 'blocked')::int + {Effect.limits:d} * (policy = 'limited')::int
    + {Effect.refuses_media:d} * reject_media::int + {Effect.force_sensitive:d} * force_sensitive::int
    + {Effect.force_unlisted:d} * force_unlisted::int + {Effect.strip_links:d} * strip_links::int)"""


class _Known:
    """The effects by host, of each domain that has any."""

    def __init__(self) -> None:
        self.of: dict[int, dict[str, Effect]] = {}


_known = PerServer(_Known)


@contextmanager
def reading_for(domain_id: int | None) -> Iterator[None]:
    """Apply the policies of a domain to what is read and rendered within, beside those of the server."""
    token = _reader.set(domain_id or 0)
    try:
        yield
    finally:
        _reader.reset(token)


def reading_domain() -> int:
    """Return the id of the domain whose policies apply to anonymous reads; 0 for none."""
    return _reader.get()


def keep_domain_policies(rows: Iterable[tuple[int, str, int]]) -> bool:
    """Keep these policies (domain, host, effects); return whether they have changed. Called by peers.py."""
    found: dict[int, dict[str, Effect]] = {}
    for domain_id, host, effects in rows:
        found.setdefault(domain_id, {})[host] = Effect(effects)
    kept = _known()
    is_new, kept.of = found != kept.of, found
    return is_new


# By the policies last read, without a query, as in peers.py.


def effects_now(host: str, domain_id: int | None = None) -> Effect:
    """Return what a domain, by default the one that reads, does with a host: its policies for the host and its parent domains add up."""
    of = _known().of
    ruled = of.get(_reader.get() if domain_id is None else domain_id) if of else None
    if not ruled:
        return Effect.none
    found = ruled.get(EVERY_HOST, Effect.none)
    if found and _is_own(host):
        found = Effect.none
    for one in with_parents(host.lower()):
        found |= ruled.get(one, Effect.none)
    return found


def is_isolated(domain_id: int | None = None) -> bool:
    """Return whether a domain, by default the one that reads, doesn't federate."""
    ruled = _known().of.get(_reader.get() if domain_id is None else domain_id, {})
    return EVERY_HOST in ruled


type OwnHosts = Callable[[], frozenset[str]]
_exempt: list[OwnHosts] = []


def exempt(function: OwnHosts) -> OwnHosts:
    """Register a function that returns hosts that are no other servers: those of local domains."""
    if function not in _exempt:
        _exempt.append(function)
    return function


def _is_own(host: str) -> bool:
    return any(host.lower() in own() for own in _exempt)


def has_policies(domain_id: int) -> bool:
    """Return whether a domain has any policy of its own."""
    return domain_id in _known().of


def hides_any() -> bool:
    """Return whether the domain that reads hides any host."""
    ruled = _known().of.get(_reader.get(), {})
    return any(Effect.hides in effects for effects in ruled.values())


def hidden_by_any(hosts: Collection[str]) -> bool:
    """Return whether some domain hides one of these hosts."""
    return any(Effect.hides in effects_now(host, domain) for domain in _known().of for host in hosts)


# In SQL, where the arguments are expressions: the id of a domain, and a host in the spelling of peers.host_in_sql. The first part of each
# condition is evaluated once per statement, so that rows cost nothing while no domain has such a policy.


def hidden_by_domain(domain: str, host: str) -> str:
    """Return SQL for: the domain hides the host. Served by federation_domain_policy_hides."""
    return _ruled("{row}.policy = 'blocked'", domain, host)


def limited_by_domain(domain: str, host: str) -> str:
    """Return SQL for: the domain shows the host's people only to their followers. Served by federation_domain_policy_quiet."""
    return _ruled("{row}.policy = 'limited'", domain, host)


def quiet_by_domain(domain: str, host: str) -> str:
    """Return SQL for: the domain keeps the host's posts out of public timelines, hashtags and trends. Served by federation_domain_policy_quiet."""
    return _ruled("({row}.policy = 'limited' OR {row}.force_unlisted)", domain, host)


def _ruled(condition: str, domain: str, host: str) -> str:
    some = exists(f"federation_domainpolicy x_some WHERE {condition.format(row='x_some')}", fenced=True)
    this = exists(
        f"""federation_domainpolicy x_ruled WHERE {condition.format(row="x_ruled")} AND x_ruled.domain_id = {domain}
            AND x_ruled.host = ANY('{EVERY_HOST}'::text || federation_host_suffixes({host}))""",
        fenced=True,
    )
    return f"({some} AND {this})"
