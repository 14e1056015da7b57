"""The policies that subscribed lists set: for each server the strictest of all lists, unless staff decided about it themselves."""

from collections.abc import Collection

import msgspec

from core.db import on_commit, sql
from users.audit.models import Act
from users.audit.services import Target, record
from users.blocklists.models import ListedServer, SubscribedServer
from users.blocklists.queries import rulings_of
from users.blocklists.reading import Ruling, strictest
from users.blocklists.services import add_servers, clear_notes, facts_of, forget_policies, set_rulings

SUBSCRIBED, _LISTED = sql.table(SubscribedServer), sql.table(ListedServer)
_OWN = Ruling()


async def reconcile(hosts: Collection[str], *, name: str) -> int:
    """Set the policies that the lists in effect give to these hosts; return how many changed. In a transaction. Idempotent.

    A host that staff decided about is left alone. One that no list names any more gets back its open policy, if a list had set another.
    """
    await add_servers(hosts)
    known = await rulings_of(hosts, lock=True)
    wanted = await _wanted(
        hosts
    )  # read under the lock, so that lists applied at the same time see each other
    listed = {one.host: one async for one in ListedServer.objects.filter(host__in=list(hosts))}
    changed: dict[str, tuple[Ruling, Ruling]] = {}
    dropped, overruled = [], []
    for host in known:
        now, (ruling, _) = known[host], wanted.get(host, (_OWN, ""))
        record_of = listed.get(host)
        if record_of is None:
            if now == _OWN != ruling:
                changed[host] = (now, ruling)
            continue
        is_ours = not record_of.is_overruled and now == _decoded(record_of.given)
        if ruling == _OWN:
            dropped.append(host)
        elif not is_ours and not record_of.is_overruled:
            overruled.append(host)
        if is_ours and ruling != now:
            changed[host] = (now, ruling)
    await _write(changed, {host: wanted.get(host, (_OWN, ""))[1] for host in changed}, listed)
    await ListedServer.objects.filter(host__in=dropped).adelete()
    await ListedServer.objects.filter(host__in=overruled).aupdate(is_overruled=True)
    if changed:
        details = {"hosts": facts_of(changed), "count": len(changed)}
        await record(Act.apply_subscription, Target("blocklist", None, name), details=details)
        await on_commit(forget_policies)
    return len(changed)


async def _wanted(hosts: Collection[str]) -> dict[str, tuple[Ruling, str]]:
    """Return the strictest ruling of the lists in effect for each host that they name, and a comment (users_subscribed_server_host)."""
    rows = await sql.rows(
        f"SELECT host, ruling, comment FROM {SUBSCRIBED} WHERE host = ANY(%s::text[]) AND ruling <> '' ORDER BY id",
        [list(hosts)],
    )
    found: dict[str, tuple[Ruling, str]] = {}
    for host, ruling, comment in rows:
        before, words = found.get(host, (_OWN, ""))
        found[host] = (strictest(before, _decoded(ruling)), words or comment)
    return found


async def _write(
    changed: dict[str, tuple[Ruling, Ruling]], comments: dict[str, str], listed: dict[str, ListedServer]
) -> None:
    """Set policies and notes, and keep what the lists gave. The note of a list is removed with its policy."""
    if not changed:
        return
    await set_rulings(changed, {host: comments[host] for host in changed})
    opened = [host for host, (_, after) in changed.items() if after == _OWN]
    await clear_notes({host: listed[host].note for host in opened})
    given = [host for host in changed if host not in opened]
    await sql.run(
        f"""INSERT INTO {_LISTED} (host, given, note) SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])
            ON CONFLICT (host) DO UPDATE SET given = excluded.given""",
        [given, [_encoded(changed[host][1]) for host in given], [comments[host] for host in given]],
    )


async def keep_as_own(hosts: Collection[str]) -> None:
    """Make the policies of hosts that no list in effect names, or names less strictly, this server's own. In a transaction."""
    wanted = await _wanted(hosts)
    own = [
        one.host
        async for one in ListedServer.objects.filter(host__in=list(hosts))
        if wanted.get(one.host, (_OWN, ""))[0] != _decoded(one.given)
    ]
    await ListedServer.objects.filter(host__in=own).adelete()


async def overrule(host: str) -> None:
    """Record that staff decided about a server themselves."""
    await ListedServer.objects.filter(host=host).aupdate(is_overruled=True)


def _decoded(ruling: str) -> Ruling:
    return msgspec.json.decode(ruling, type=Ruling)


def _encoded(ruling: Ruling) -> str:
    return msgspec.json.encode(ruling).decode()
