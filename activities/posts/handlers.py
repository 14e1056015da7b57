"""Handlers of broadcasts and spreads: a post for very many servers or local recipients is delivered in batches."""

from collections.abc import Collection
from datetime import timedelta

from activities.posts.models import Broadcast, BroadcastGraph, Reach, Spread, SpreadGraph
from activities.posts.queries.delivery import next_inboxes
from activities.posts.services.spreading import distribute_next
from core.db import commit_asynchronously, sql
from federation import sending
from stator import Outcome, later, to

_MORE = later("more servers are to be told", timedelta(), is_attempt=False)
_NEXT = later("it is the author's next activity", timedelta(), is_attempt=False)
_BEHIND = later("an earlier activity of the author goes first", timedelta(seconds=2), is_attempt=False)


@BroadcastGraph.telling.batch(size=5)
async def continue_broadcasts(broadcasts: list[Broadcast]) -> dict[int, Outcome]:
    """Queue deliveries for the next batch of each author's first broadcast; later ones wait, to keep the order."""
    first = set(await _first_of({broadcast.signer for broadcast in broadcasts}))
    outcomes = {one.pk: await _tell_a_piece(one) for one in broadcasts if one.pk in first}
    ended = [one for one in broadcasts if one.pk in outcomes and outcomes[one.pk].state is not None]
    if ended:
        await _wake_those_behind(ended)
    free = {one.signer for one in ended}
    behind = {one.pk: _NEXT if one.signer in free else _BEHIND for one in broadcasts}
    return behind | outcomes


async def _wake_those_behind(ended: Collection[Broadcast]) -> None:
    """Make due what waited for these: their authors' next broadcasts, and deleted posts whose servers have all been told.

    Rows leased by another worker keep their time. Served by activities_broadcast_signer.
    """
    await sql.run(
        """UPDATE activities_broadcast SET state_due_at = now() WHERE id IN (
               SELECT b.id FROM unnest(%s::bigint[], %s::bigint[]) AS e (id, signer) CROSS JOIN LATERAL (
                   SELECT id FROM activities_broadcast b WHERE b.signer = e.signer AND b.state = 'telling' AND b.id > e.id
                   AND b.state_due_at > now() ORDER BY b.id LIMIT 1 FOR UPDATE SKIP LOCKED) b)""",
        [[one.pk for one in ended], [one.signer for one in ended]],
    )
    await sql.run(
        """UPDATE activities_post SET state_due_at = now() WHERE id IN (
               SELECT id FROM activities_post WHERE id = ANY(%s::bigint[]) AND state = 'emptying' AND state_due_at > now()
               FOR UPDATE SKIP LOCKED)""",
        [[one.post_id for one in ended]],
    )


async def _first_of(signers: Collection[int]) -> list[int]:
    """Return the ids of the first broadcast of each of these authors. Served by activities_broadcast_signer."""
    return await sql.column(
        """SELECT (SELECT id FROM activities_broadcast b WHERE b.signer = s.signer AND b.state = 'telling' ORDER BY id LIMIT 1)
           FROM unnest(%s::bigint[]) AS s (signer)""",
        [list(signers)],
    )


async def _tell_a_piece(broadcast: Broadcast) -> Outcome:
    inboxes, going_on = await next_inboxes(
        broadcast.post_id, Reach(broadcast.reach), broadcast.part, broadcast.before
    )
    if inboxes:
        await sending.add_recipients(broadcast.activity_id, inboxes)
    if going_on is None:
        await sending.delete_unsent(broadcast.activity_id)
        return to(BroadcastGraph.told)
    part, before = going_on
    await Broadcast.objects.filter(pk=broadcast.pk).aupdate(part=part, before=before)
    return _MORE


_MORE_PEOPLE = later("more people are to get it", timedelta(), is_attempt=False)


@SpreadGraph.spreading.batch(size=5)
async def continue_spreads(spreads: list[Spread]) -> dict[int, Outcome]:
    """Write the next batch of each spread."""
    await commit_asynchronously()
    return {row.pk: await _spread_a_piece(row) for row in spreads}


async def _spread_a_piece(row: Spread) -> Outcome:
    before = await distribute_next(row)
    if before is None:
        return to(SpreadGraph.done)
    await Spread.objects.filter(pk=row.pk).aupdate(before=before)
    return _MORE_PEOPLE
