"""Applying blocklists: a batch of servers is one transaction with its entry of the audit log."""

from collections.abc import Collection, Mapping, Sequence

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
    return await read_list(content, own_hosts=await own_hosts(), allows=allows)


async def own_hosts() -> frozenset[str]:
    """Return the hosts of this installation, which lists don't restrict."""
    return frozenset(host for domain in await local_domains() for host in (domain.name, domain.host))


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
        await add_servers(wanted)
        named = {one.host: one for one in servers}
        known = await rulings_of(named, lock=True)
        changed = {
            host: (before, after)
            for host, before in known.items()
            if (after := compare(named[host].ruling, before, overrides=overrides)[1]) != before
        }
        if changed:
            await set_rulings(changed, {host: named[host].comment for host in changed})
            await record(
                Act.import_blocklist,
                Target("blocklist", None, name),
                details={"hosts": facts_of(changed), "count": len(changed)},
            )
            await on_commit(forget_policies)
    return changed


async def add_servers(hosts: Collection[str]) -> None:
    """Add the rows of servers that have none, in the order of their names."""
    await sql.run(
        """INSERT INTO federation_peer (host) SELECT host FROM unnest(%s::text[]) AS new (host) ORDER BY host
           ON CONFLICT (host) DO NOTHING""",
        [list(hosts)],
    )


async def restore(changed: dict[str, tuple[Ruling, Ruling]], notes: dict[str, str], *, name: str) -> None:
    """Restore the earlier policies, and clear the notes that came from the list. In a transaction in which the servers are locked."""
    if not changed:
        return
    await set_rulings(changed, dict.fromkeys(changed, ""))
    await clear_notes({host: notes[host] for host in changed})
    await record(
        Act.import_blocklist,
        Target("blocklist", None, name),
        details={"hosts": facts_of(changed), "count": len(changed), "undone": True},
    )
    await on_commit(forget_policies)


def facts_of(changed: dict[str, tuple[Ruling, Ruling]]) -> dict[str, dict[str, str]]:
    return {
        host: {"before": str(before.policy), "policy": str(after.policy)}
        for host, (before, after) in changed.items()
    }


async def clear_notes(notes: Mapping[str, str]) -> None:
    """Clear the notes of servers that are still those given."""
    await sql.run(
        """UPDATE federation_peer p SET policy_note = '' FROM unnest(%s::text[], %s::text[]) AS old (host, note)
           WHERE p.host = old.host AND p.policy_note = old.note""",
        [list(notes), list(notes.values())],
    )


async def set_rulings(changed: dict[str, tuple[Ruling, Ruling]], notes: Mapping[str, str]) -> None:
    """Set the policies of locked servers, with a note for those that have none, and record the follows that new blocks cost."""
    blocked = [host for host, (_, ruling) in changed.items() if ruling.policy == Policy.blocked]
    peers.forget_policies()
    await record_blocks(await peers.newly_blocked(blocked, blocked))
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


async def forget_policies() -> None:
    peers.forget_policies()
