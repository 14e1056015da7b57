"""Policies and facts about other hosts: reading and setting policies, and what the queues observed."""

import datetime as dt
import time
from collections.abc import Collection

from core.db import sql
from core.db.statements import Statement
from core.errors import BadInput
from core.server_state import PerServer
from federation.documents import host_of as host_of
from federation.models import Peer, Policy
from federation.policies import Effect, Handling, with_parents
from federation.policies.domains import EFFECTS, effects_now, keep_domain_policies

_OPEN = Policy("open")
_EVERY_HOST = "*"
_WITHOUT_MEDIA = Effect.hides | Effect.refuses_media
_RECEIVED = Statement(
    "peers.note_received", "A host has spoken, noted once a minute.", "federation_peer_host_key"
)
_POLICIES_FOR_S = 5.0
_SECOND_LEVELS = frozenset(("ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"))


class _Policies:
    """The cached hosts with a policy of their own, and when the cache expires."""

    def __init__(self) -> None:
        self.of_host: dict[str, str] = {}
        self.without_media: frozenset[str] = frozenset()
        self.without_reports: frozenset[str] = frozenset()
        self.handling: dict[str, int] = {}
        self.version = 0
        self.until = 0.0


_policies = PerServer(_Policies)


async def policy_of(host: str) -> Policy:
    """Return the operators' decision about this host, or about its nearest parent domain."""
    return find_policy(await _load_policies(), host)


async def known_policies() -> object:
    """Return an object that stays the same until the known policies change."""
    return await _load_policies()


def fresh_policies() -> object | None:
    """Return what `known_policies` would, without a query; None if it would read the database."""
    kept = _policies()
    return kept.of_host if time.monotonic() < kept.until else None


async def is_blocked(host: str) -> bool:
    """Return whether nothing is accepted from this host and nothing sent to it."""
    return await policy_of(host) == Policy.blocked


async def is_blocked_by_name(host: str) -> bool:
    """Return whether operators blocked this host or a parent domain explicitly, not by allow-list mode: for hosts that store others' files."""
    return _nearest_policy(await _load_policies(), host) == Policy.blocked


async def unblocked(hosts: set[str]) -> set[str]:
    """Return those of `hosts` that are not blocked."""
    policies = await _load_policies()
    return {host for host in hosts if find_policy(policies, host) != Policy.blocked}


async def newly_blocked(hosts: Collection[str], blocks: Collection[str]) -> list[str]:
    """Return those of `hosts` that blocking all of `blocks` would block, and that are not blocked now."""
    known = await _load_policies()
    after = {**known, **dict.fromkeys(blocks, str(Policy.blocked))}
    return [host for host in hosts if find_policy(after, host) == Policy.blocked != find_policy(known, host)]


async def hosts_below(hosts: Collection[str]) -> list[str]:
    """Return these hosts, and the known ones below them that ever contacted us or accepted a delivery.

    Reads the table once, and calls the function for hosts with contact only.
    """
    found = await sql.column(
        """SELECT p.host FROM federation_peer p
           WHERE (p.last_received_at IS NOT NULL OR p.last_success_at IS NOT NULL)
           AND federation_host_suffixes(p.host) && %s::text[] ORDER BY p.host""",
        [list(hosts)],
    )
    return list(dict.fromkeys([*hosts, *found]))


async def is_allowlist_mode() -> bool:
    """Return whether this installation federates with allowed and limited hosts only."""
    return _EVERY_HOST in await _load_policies()


async def set_federation_mode(*, listed_only: bool) -> None:
    """Set whether this installation federates with allowed and limited hosts only: all others count as blocked then."""
    if listed_only:
        await sql.run(
            "INSERT INTO federation_peer (host, policy) VALUES (%s, 'blocked') ON CONFLICT (host) DO UPDATE SET policy = 'blocked'",
            [_EVERY_HOST],
        )
    else:
        await sql.run("DELETE FROM federation_peer WHERE host = %s", [_EVERY_HOST])
    forget_policies()


async def has_contacted_us(host: str) -> bool:
    """Return whether this host ever sent us something verified, or accepted a delivery. Unique index on host."""
    return bool(
        await sql.value(
            """SELECT 1 FROM federation_peer
               WHERE host = %s AND (last_received_at IS NOT NULL OR last_success_at IS NOT NULL)""",
            [host],
        )
    )


async def software_by_host(hosts: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the name and version of the software of the known ones among these hosts, from their NodeInfo. Unique index on host."""
    rows = await sql.rows(
        "SELECT host, software, software_version FROM federation_peer WHERE host = ANY(%s::text[])",
        [list(hosts)],
    )
    return {host: (software, version) for host, software, version in rows}


async def takes_media_from(host: str) -> bool:
    """Return whether media of this host is shown; operators can refuse media of a host and its subdomains without refusing the posts."""
    await _load_policies()
    return not _is_below(host, _policies().without_media)


# By the policies last read, without a query. The domain middleware reads them before responses are made.


def is_blocked_now(host: str) -> bool:
    """Return what `is_blocked` would, or whether the domain that reads hides this host."""
    return find_policy(_policies().of_host, host) == Policy.blocked or Effect.hides in effects_now(host)


def is_file_shown(owner: str, storage: str) -> bool:
    """Return whether a file of one host's users, stored on another, is shown. Called several times per post."""
    return is_media_shown(owner) and is_storage_shown(storage)


def is_media_shown(host: str) -> bool:
    """Return whether media of this host's users is shown: neither the host nor its media is refused."""
    kept = _policies()
    if effects_now(host) & _WITHOUT_MEDIA:
        return False
    return not (kept.of_host or kept.without_media) or not (
        is_blocked_now(host) or _is_below(host, kept.without_media)
    )


def is_storage_shown(host: str) -> bool:
    """Return whether files that this host stores for users of another are shown. In allow-list mode it need not be listed."""
    kept = _policies()
    if effects_now(host) & _WITHOUT_MEDIA:
        return False
    return not (kept.of_host or kept.without_media) or not (
        _nearest_policy(kept.of_host, host) == Policy.blocked or _is_below(host, kept.without_media)
    )


def version_of_policies() -> int:
    """Return a number that changes, within this process, whenever policies are reloaded."""
    return _policies().version


async def takes_reports_from(host: str) -> bool:
    """Return whether reports by this host are accepted; operators can refuse those of a host and its subdomains, whatever its policy."""
    await _load_policies()
    return not _is_below(host, _policies().without_reports)


async def handling_of(host: str) -> Handling:
    """Return what is changed in posts of this host's people: what operators set for the host and for each of its parent domains."""
    await _load_policies()
    found = Handling.as_sent
    for one in with_parents(host.lower()) if _policies().handling else ():
        found |= Handling(_policies().handling.get(one, 0))
    return found


def _is_below(host: str, named: frozenset[str]) -> bool:
    return bool(named) and any(one in named for one in with_parents(host.lower()))


def host_in_sql(uri_column: str) -> str:
    """Return an SQL expression for the host of a stored URI, in the spelling of Peer rows."""
    return f"split_part({uri_column}, '/', 3)"


def blocked_hosts_sql(host_column: str) -> str:
    """Return an SQL condition, true if the host in `host_column` or a parent domain is blocked. For read-side filters: `NOT (…)`."""
    return _policy_sql(host_column, Policy.blocked)


def limited_hosts_sql(host_column: str) -> str:
    """Return the same for limited hosts: their users are visible to their followers, and not in others' timelines."""
    return _policy_sql(host_column, Policy.limited)


def _policy_sql(host_column: str, policy: str) -> str:
    """Look up the host, then every parent domain, in federation_peer_ruled: the cost does not depend on the number of policies.

    The rule is that of `find_policy`: the nearest one counts. OFFSET 0 keeps each look-up a probe of the index. The policy for all hosts
    is read once per statement, by the unique index on host.
    """
    return (
        f"COALESCE((SELECT ruled.policy FROM unnest(federation_host_suffixes({host_column})) WITH ORDINALITY AS above (host, place),"
        " LATERAL (SELECT r.policy FROM federation_peer r WHERE r.host = above.host AND r.policy <> 'open' OFFSET 0) ruled"
        " ORDER BY above.place LIMIT 1),"
        f" (SELECT everyone.policy FROM federation_peer everyone WHERE everyone.host = '{_EVERY_HOST}')) IS NOT DISTINCT FROM '{policy}'"
    )


async def lock_peer(host: str) -> Peer:
    """Lock and return the row of a host, creating it if necessary. In a transaction. Raises BadInput for an invalid host."""
    name = spelled(host)
    await Peer.objects.aget_or_create(host=name)
    return await Peer.objects.select_for_update(no_key=True).aget(host=name)


async def set_policy(
    *,
    host: str,
    policy: Policy,
    reject_media: bool = False,
    reject_reports: bool = False,
    handling: Handling = Handling.as_sent,
    note: str = "",
) -> Peer:
    """Set a host's policy; other processes see it within seconds. Raises BadInput for an invalid host."""
    host = spelled(host)
    values = {
        "policy": policy,
        "reject_media": reject_media,
        "reject_reports": reject_reports,
        "handling": handling,
        "policy_note": note,
    }
    peer, _ = await Peer.objects.aupdate_or_create(host=host, defaults=values)
    forget_policies()
    return peer


def spelled(host: str) -> str:
    """Return a host name, optionally with a port, in its canonical spelling. Raises BadInput."""
    name = host.strip().removeprefix("*.")
    found = host_of(f"https://{name}/") if name and not set(name) & set("/@?#\\") else ""
    if not found:
        raise BadInput(code="not_a_host_name", given=host[:80])
    return found


def registrable_domain(host: str) -> str:
    """Return the registrable domain of a host: its last two labels, three under `co.uk` and similar ones. An IP address is returned
    unchanged.

    docs/decisions/0009 says why this does not use the Public Suffix List.
    """
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    labels = name.split(".")
    if name.startswith("[") or labels[-1].isdigit():
        return name
    is_second_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS
    return ".".join(labels[-3:] if is_second_level else labels[-2:])


async def store_contact(host: str, at: dt.datetime) -> None:
    """Record that a host has contacted us, and close its circuit."""
    query = _RECEIVED(
        """
        INSERT INTO federation_peer (host, last_received_at) VALUES (%(host)s, %(at)s)
        ON CONFLICT (host) DO UPDATE SET
            last_received_at = greatest(federation_peer.last_received_at, excluded.last_received_at),
            failing_since = CASE WHEN federation_peer.state = 'unreachable' THEN NULL
                                 ELSE federation_peer.failing_since END,
            state_due_at = CASE WHEN federation_peer.state = 'unreachable' THEN NULL
                                ELSE federation_peer.state_due_at END,
            state = CASE WHEN federation_peer.state = 'unreachable' THEN 'idle' ELSE federation_peer.state END
        WHERE federation_peer.last_received_at IS NULL
           OR federation_peer.last_received_at < excluded.last_received_at - interval '10 minutes'
           OR federation_peer.state = 'unreachable'
        """,
        host=host,
        at=at,
    )
    await sql.run(query)


async def retry_waiting(hosts: Collection[str], *, besides: str) -> list[str]:
    """Retry those of `hosts` that back off, because they contacted us; return those that were in doubt. Call it after the commit.

    A host whose last failure begins with `besides` is left alone: it requested the wait. A host with a request in progress is retried if
    that fails, too. Locks rows in order of name, as senders do (sending.wake_hosts).
    """
    return await sql.column(
        """
        UPDATE federation_peer SET last_received_at = now(),
            state = CASE WHEN state = 'waiting' THEN 'sending' ELSE state END,
            state_due_at = CASE WHEN state = 'waiting' THEN now() ELSE state_due_at END
        WHERE id IN (
            SELECT id FROM federation_peer WHERE host = ANY(%s) AND state IN ('waiting', 'trying', 'probing')
                AND (failing_since IS NULL OR NOT starts_with(last_error, %s))
            ORDER BY host FOR NO KEY UPDATE)
        RETURNING host
        """,
        [list(hosts), besides],
    )


async def end_waits(hosts: Collection[str], *, besides: str) -> list[str]:
    """Let those of `hosts` that back off be tried at once, because somebody asks for it; return them.

    As `retry_waiting`, but not within a minute of a failure: people press more than once.
    """
    return await sql.column(
        """
        UPDATE federation_peer SET state = 'sending', state_due_at = now() WHERE id IN (
            SELECT id FROM federation_peer WHERE host = ANY(%s) AND state = 'waiting' AND NOT starts_with(last_error, %s)
                AND (last_failure_at IS NULL OR last_failure_at < now() - interval '1 minute')
            ORDER BY host FOR NO KEY UPDATE)
        RETURNING host
        """,
        [list(hosts), besides],
    )


def forget_policies() -> None:
    """Drop the cached policies, so that the next look-up reads the database."""
    _policies().until = 0.0


def find_policy(policies: dict[str, str], host: str) -> Policy:
    """Return the policy of the host itself or of its nearest parent domain (`a.b.example` → `b.example` → `example`), with any port."""
    return (
        _OPEN if not policies else Policy(_nearest_policy(policies, host) or policies.get(_EVERY_HOST, _OPEN))
    )


def _nearest_policy(policies: dict[str, str], host: str) -> str | None:
    return next((policies[one] for one in with_parents(host.lower()) if one in policies), None)


async def _load_policies() -> dict[str, str]:
    """Return all hosts with a policy of their own. Cached for a few seconds, so that hot paths run no query."""
    kept = _policies()
    if time.monotonic() >= kept.until:
        # federation_peer_ruled, _without_media, _no_reports and _handled contain exactly these rows of peers
        found = await sql.rows("SELECT host, policy FROM federation_peer WHERE policy <> 'open'")
        refused = await sql.rows(
            f"""SELECT host, 'media', 0, 0 FROM federation_peer WHERE reject_media
               UNION ALL SELECT host, 'reports', 0, 0 FROM federation_peer WHERE reject_reports
               UNION ALL SELECT host, 'handling', handling, 0 FROM federation_peer WHERE handling > 0
               UNION ALL SELECT host, 'domain', {EFFECTS}, domain_id FROM federation_domainpolicy"""
        )
        of_host = dict(found)
        without_media = frozenset(host for host, what, _, _ in refused if what == "media")
        of_domains = keep_domain_policies((row[3], row[0], row[2]) for row in refused if row[1] == "domain")
        kept.version += of_domains or (of_host, without_media) != (kept.of_host, kept.without_media)
        kept.of_host, kept.without_media = of_host, without_media
        kept.without_reports = frozenset(host for host, what, _, _ in refused if what == "reports")
        kept.handling = {host: handling for host, what, handling, _ in refused if what == "handling"}
        kept.until = time.monotonic() + _POLICIES_FOR_S
    return kept.of_host
