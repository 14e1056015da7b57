"""Applying blocklists: a batch of servers is one transaction with its entry of the audit log."""

from collections.abc import Sequence

from core.db import async_atomic, on_commit, sql
from federation import peers
from federation.models import Policy
from users.audit.models import Act
from users.audit.services import Target, audited, record
from users.blocklists.queries import rulings_of
from users.blocklists.reading import Effect, Listed, Ruling, Skipped, compare, read_list
from users.domains.queries import local_domains
from users.severances.services import record_blocks

BATCH_SIZE = 500


async def read_servers(content: bytes, *, allows: bool = False) -> tuple[list[Listed], list[Skipped]]:
    """Read a list, without servers of this installation. Raises Invalid."""
    own = {host for domain in await local_domains() for host in (domain.name, domain.host)}
    return await read_list(content, own_hosts=frozenset(own), allows=allows)


async def effects(servers: Sequence[Listed], *, overrides: bool) -> list[tuple[Listed, Effect, Ruling]]:
    """Return what a list would do now to each of its servers, and the policy after it."""
    known = await rulings_of([one.host for one in servers])
    return [
        (one, *compare(one.ruling, known.get(one.host, Ruling()), overrides=overrides)) for one in servers
    ]


@audited(Act.import_blocklist)
async def apply_servers(
    *, servers: Sequence[Listed], name: str, overrides: bool = False
) -> dict[str, tuple[Ruling, Ruling]]:
    """Set the policies of one batch; return those that changed, with what they were and are. Idempotent.

    A comment becomes the note of a server that has none.
    """
    wanted = {one.host: one for one in servers if one.ruling != Ruling()}
    async with async_atomic():
        await sql.run(
            """INSERT INTO federation_peer (host) SELECT host FROM unnest(%s::text[]) AS new (host) ORDER BY host
               ON CONFLICT (host) DO NOTHING""",
            [list(wanted)],
        )
        named = {one.host: one for one in servers}
        known = await rulings_of(named, lock=True)
        changed = {
            host: (before, after)
            for host, before in known.items()
            if (after := compare(named[host].ruling, before, overrides=overrides)[1]) != before
        }
        if changed:
            blocked = [host for host, (_, after) in changed.items() if after.policy == Policy.blocked]
            peers.forget_policies()
            await record_blocks(await peers.newly_blocked(blocked, blocked))
            await _set(changed, {host: named[host].comment for host in changed})
            await record(
                Act.import_blocklist,
                Target("blocklist", None, name),
                details={"hosts": _facts(changed), "count": len(changed)},
            )
            await on_commit(_forget_policies)
    return changed


async def restore(changed: dict[str, tuple[Ruling, Ruling]], notes: dict[str, str], *, name: str) -> None:
    """Restore the earlier policies, and clear the notes that came from the list. In a transaction in which the servers are locked."""
    if not changed:
        return
    await _set(changed, dict.fromkeys(changed, ""))
    await sql.run(
        """UPDATE federation_peer p SET policy_note = '' FROM unnest(%s::text[], %s::text[]) AS old (host, note)
           WHERE p.host = old.host AND p.policy_note = old.note""",
        [list(changed), [notes[host] for host in changed]],
    )
    await record(
        Act.import_blocklist,
        Target("blocklist", None, name),
        details={"hosts": _facts(changed), "count": len(changed), "undone": True},
    )
    await on_commit(_forget_policies)


def _facts(changed: dict[str, tuple[Ruling, Ruling]]) -> dict[str, dict[str, str]]:
    return {
        host: {"before": str(before.policy), "policy": str(after.policy)}
        for host, (before, after) in changed.items()
    }


async def _set(changed: dict[str, tuple[Ruling, Ruling]], notes: dict[str, str]) -> None:
    after = [ruling for _, ruling in changed.values()]
    await sql.run(
        """UPDATE federation_peer p SET policy = new.policy, reject_media = new.media, reject_reports = new.reports,
               policy_note = CASE WHEN p.policy_note = '' THEN new.note ELSE p.policy_note END
           FROM unnest(%(hosts)s::text[], %(policies)s::text[], %(media)s::boolean[], %(reports)s::boolean[], %(notes)s::text[])
                AS new (host, policy, media, reports, note)
           WHERE p.host = new.host""",
        {
            "hosts": list(changed),
            "policies": [str(ruling.policy) for ruling in after],
            "media": [ruling.reject_media for ruling in after],
            "reports": [ruling.reject_reports for ruling in after],
            "notes": [notes[host] for host in changed],
        },
    )


async def _forget_policies() -> None:
    peers.forget_policies()
