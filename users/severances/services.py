"""Recording lost follows: an event when a server is blocked or an account suspended, then the lists, a batch at a time."""

from collections.abc import Collection, Sequence

from core import clock
from core.db import delete_batch, sql
from core.ids import new_id
from federation import peers
from federation.policies import Effect
from federation.policies.domains import effects_now
from stator import transition
from users.identities import events as identity_events
from users.identities.models import Identity, Restriction
from users.relations import events as relation_events
from users.relations.models import HostBlock, HostBlockGraph
from users.relations.queries.predicates import FOLLOWS, is_accepted
from users.severances import events
from users.severances.models import Severance, SeveranceEvent, SeveranceGraph, SeveranceKind
from users.severances.queries import SEVERED, end_of, prefixes_of

IDENTITIES_AT_ONCE = 500
FOLLOWS_AT_ONCE = 5000
TOLD_AT_ONCE = 1000
_UNFINISHED = (SeveranceGraph.listing.name, SeveranceGraph.telling.name)
_EVENTS, _SEVERANCES = sql.table(SeveranceEvent), sql.table(Severance)


async def record_blocks(hosts: Collection[str], *, domain_id: int | None = None) -> None:
    """Record that staff blocked these hosts, for a domain's people or for all, which were not blocked before.

    In the transaction of the block; the worker lists what is lost.

    A host without known identities, and with none below it, gets no event. Served by the index for the beginnings of URIs.
    """
    if not hosts:
        return
    await sql.run(
        f"""WITH above AS MATERIALIZED (
                SELECT DISTINCT unnest(federation_host_suffixes(p.host)) AS host FROM federation_peer p
                WHERE (p.last_received_at IS NOT NULL OR p.last_success_at IS NOT NULL)
                AND federation_host_suffixes(p.host) && %(hosts)s::text[])
            INSERT INTO {_EVENTS} (id, kind, target_name, domain_id)
            SELECT new.id, '{SeveranceKind.domain_block}', new.host, %(domain)s::bigint
            FROM unnest(%(ids)s::bigint[], %(hosts)s::text[]) AS new (id, host)
            WHERE new.host IN (SELECT host FROM above) OR EXISTS (
                SELECT 1 FROM unnest(ARRAY['https://' || new.host, 'http://' || new.host]) AS part (prefix)
                JOIN users_identity i ON i.uri ~>=~ (part.prefix || '/') AND i.uri ~<~ (part.prefix || '0'))""",
        {"ids": [new_id() for _ in hosts], "hosts": list(hosts), "domain": domain_id},
    )


async def record_suspension(identity: Identity) -> None:
    """Record that staff suspended an identity. In the transaction of the suspension."""
    await SeveranceEvent.objects.acreate(
        kind=SeveranceKind.account_suspension, target_name=identity.handle, identity_id=identity.pk
    )


@relation_events.on_host_blocked
async def record_own_block(block: HostBlock) -> None:
    """Record that a user blocked a host. A repeated block continues the event of the earlier one, so that repetitions don't grow the lists."""
    known = await _own_event(block)
    if known is not None and await transition(known, SeveranceGraph.listing):
        await SeveranceEvent.objects.filter(pk=known.pk).aupdate(created_at=clock.now())
    elif known is None or known.state not in _UNFINISHED:
        await _record_own_block(block)


async def _record_own_block(block: HostBlock) -> None:
    await SeveranceEvent.objects.acreate(
        kind=SeveranceKind.user_domain_block, target_name=block.host, identity_id=block.identity_id
    )


@relation_events.on_followers_cut
async def record_removed_followers(block: HostBlock, source_ids: Sequence[int]) -> None:
    """List followers that a user's block of a host removes. Served by users_follow_pair."""
    event = await _own_event(block)
    if event is not None:  # a block that is older than events has none
        await _list(
            event,
            f"""SELECT f.target_id AS ours, f.source_id AS other, false AS following, f.shows_boosts, f.notifies, f.languages
                FROM {FOLLOWS} f WHERE f.target_id = %(me)s AND f.source_id = ANY(%(sources)s::bigint[]) AND {is_accepted("f")}""",
            {"me": block.identity_id, "sources": list(source_ids)},
        )


async def _own_event(block: HostBlock) -> SeveranceEvent | None:
    """Return the newest event of a user's block of a host. Served by users_severance_event_of."""
    kind = SeveranceKind.user_domain_block
    found = SeveranceEvent.objects.filter(identity=block.identity_id, kind=kind, target_name=block.host)
    return await found.order_by("-pk").afirst()


async def list_next(event: SeveranceEvent) -> bool:
    """List the next lost follows of an event; return whether there may be more. In a transaction."""
    if event.kind == SeveranceKind.user_domain_block:
        return await _list_own(event)
    if event.kind == SeveranceKind.account_suspension:
        return await _list_with(event, [event.identity_id])
    return await _list_host(event)


async def _list_own(event: SeveranceEvent) -> bool:
    """List the follows that a user's block of a host hides; its followers are listed when they are removed."""
    return await _list(
        event,
        f"""SELECT f.source_id AS ours, f.target_id AS other, true AS following, f.shows_boosts, f.notifies, f.languages
            FROM {FOLLOWS} f JOIN users_identity i ON i.id = f.target_id AND i.domain_id IS NULL AND lower(i.host) = %(host)s
            WHERE f.source_id = %(me)s AND {is_accepted("f")}""",
        {"me": event.identity_id, "host": event.target_name},
    )


async def is_parting(event: SeveranceEvent) -> bool:
    """Return whether followers on a host that a user blocked are still being removed."""
    return await HostBlock.objects.filter(
        identity=event.identity_id, host=event.target_name, state=HostBlockGraph.parting
    ).aexists()


async def _list_host(event: SeveranceEvent) -> bool:
    """List follows with the next identities on a blocked host, in the order of their URIs, then on the next host below it."""
    if event.hosts is None:
        below = await peers.hosts_below([event.target_name])
        reached = set(below)
        if event.domain_id is None:
            reached -= await peers.unblocked(reached)
        event.hosts = [prefix for host in sorted(reached) for prefix in prefixes_of(host)]
    if not event.hosts:
        return False
    prefix = event.hosts[0]
    ids = await sql.rows(
        """SELECT i.id, i.uri FROM users_identity i WHERE i.uri ~>~ %(after)s AND i.uri ~<~ %(end)s
           ORDER BY i.uri USING ~<~ LIMIT %(most)s""",
        {"after": event.position or prefix, "end": end_of(prefix), "most": IDENTITIES_AT_ONCE},
    )
    if not await _list_with(event, [pk for pk, _ in ids]):
        is_last = len(ids) < IDENTITIES_AT_ONCE
        event.hosts = event.hosts[1:] if is_last else event.hosts
        event.position = "" if is_last else ids[-1][1]
    await event.asave(update_fields=["hosts", "position"])
    return bool(event.hosts)


async def _list_with(event: SeveranceEvent, ids: Sequence[int | None]) -> bool:
    """List follows between these identities and other local ones; return whether there are more. Served by users_follow_target, users_follow_source."""
    if not ids:
        return False
    columns = "f.shows_boosts, f.notifies, f.languages"
    home = "IS NOT NULL" if event.domain_id is None else "= %(domain)s"
    is_local = f"JOIN users_identity o ON o.domain_id {home} AND o.deleted_at IS NULL AND o.id"
    return await _list(
        event,
        f"""SELECT f.source_id AS ours, f.target_id AS other, true AS following, {columns}
            FROM {FOLLOWS} f {is_local} = f.source_id WHERE f.target_id = ANY(%(ids)s::bigint[]) AND {is_accepted("f")}
            UNION ALL
            SELECT f.target_id, f.source_id, false, {columns}
            FROM {FOLLOWS} f {is_local} = f.target_id WHERE f.source_id = ANY(%(ids)s::bigint[]) AND {is_accepted("f")}""",
        {"ids": list(ids), "domain": event.domain_id},
    )


async def _list(event: SeveranceEvent, lost: str, parameters: dict[str, object]) -> bool:
    """Add the next follows that `lost` selects to the lists, and count them; return whether there may be more. Idempotent."""
    added = await sql.run(
        f"""WITH found AS MATERIALIZED (
                SELECT l.* FROM ({lost}) l WHERE NOT EXISTS (
                    SELECT 1 FROM {SEVERED} x WHERE x.event_id = %(event)s AND x.identity_id = l.ours
                    AND x.is_following = l.following AND x.other_id = l.other)
                LIMIT %(most)s),
            added AS (
                INSERT INTO {SEVERED} (event_id, identity_id, other_id, is_following, shows_boosts, notifies, languages)
                SELECT %(event)s, ours, other, following, shows_boosts, notifies, languages FROM found
                ON CONFLICT DO NOTHING RETURNING identity_id, is_following)
            INSERT INTO {_SEVERANCES} AS s (event_id, identity_id, followers_count, following_count)
            SELECT %(event)s, identity_id, count(*) FILTER (WHERE NOT is_following), count(*) FILTER (WHERE is_following)
            FROM added GROUP BY identity_id
            ON CONFLICT (event_id, identity_id) DO UPDATE SET
                followers_count = s.followers_count + excluded.followers_count,
                following_count = s.following_count + excluded.following_count, is_told = false""",
        {**parameters, "event": event.pk, "most": FOLLOWS_AT_ONCE},
    )
    return bool(added)


async def has_losses(event: SeveranceEvent) -> bool:
    """Return whether anybody lost anything (users_severance_pair)."""
    return await Severance.objects.filter(event=event.pk).aexists()


async def still_holds(event: SeveranceEvent) -> bool:
    """Return whether the block or suspension by staff has not been lifted. What a user's block removes is lost even if it is lifted."""
    if event.kind == SeveranceKind.domain_block:
        if event.hosts is None:
            peers.forget_policies()  # they may have been read just before the block
        is_blocked = await peers.is_blocked(event.target_name)
        if event.domain_id is not None:
            return Effect.hides in effects_now(event.target_name, event.domain_id)
        return is_blocked
    if event.kind == SeveranceKind.account_suspension:
        suspended = Identity.objects.filter(pk=event.identity_id, restriction=Restriction.suspended)
        return await suspended.aexists()
    return True


async def tell_next(event: SeveranceEvent) -> bool:
    """Notify the next users; return whether there may be more. In a transaction. Served by users_severance_to_tell."""
    ids = await sql.column(
        f"""UPDATE {_SEVERANCES} SET is_told = true WHERE id IN (
                SELECT id FROM {_SEVERANCES} WHERE event_id = %s AND NOT is_told ORDER BY id LIMIT %s) RETURNING id""",
        [event.pk, TOLD_AT_ONCE],
    )
    if ids:
        await events.on_severed.emit(ids)
    return len(ids) == TOLD_AT_ONCE


async def purge_next(event: SeveranceEvent) -> bool:
    """Delete the next rows of the lists of an old event; return whether there may be more. Served by users_severed_follow_once."""
    return await delete_batch(SEVERED, "event_id = %(event)s", {"event": event.pk})


@identity_events.on_identity_deleted
async def delete_lists_of(identity: Identity) -> bool:
    """Delete what the identity lost, and remove it from others' lists; their counts stay."""
    who = {"who": identity.pk}
    has_more = False
    for table, column in ((SEVERED, "identity_id"), (SEVERED, "other_id"), (_SEVERANCES, "identity_id")):
        has_more = await delete_batch(table, f"{column} = %(who)s", who) or has_more
    return has_more
