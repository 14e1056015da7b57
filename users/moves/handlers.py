"""Handlers of moves: one batch of followers per call, so that the cost of a call does not depend on their number."""

from datetime import timedelta

from core import clock
from core.db import delete_batch, sql
from stator import Outcome, every, later, to
from users.identities.events import on_identity_deleted
from users.identities.models import Identity
from users.moves.models import KEPT_FOR, Move, MoveFollower, MoveGraph
from users.moves.services.followers import (
    announce_to_followers,
    announce_undone,
    carry_refusals,
    move_followers,
)

_MORE = later("more followers are to be looked at", timedelta(), is_attempt=False)
_MOVES = sql.table(Move)
_FOLLOWERS = sql.table(MoveFollower)
_OLD_AT_ONCE = 20


@MoveGraph.telling.batch(size=1)
async def announce_move(moves: list[Move]) -> dict[int, Outcome]:
    """Send the Move of a local account to the servers of the next followers."""
    return {
        move.pk: _MORE if await announce_to_followers(await _with_accounts(move)) else to(MoveGraph.carrying)
        for move in moves
    }


@MoveGraph.carrying.batch(size=1)
async def move_local_followers(moves: list[Move]) -> dict[int, Outcome]:
    """Copy blocks and mutes of the old account by local users to the new one, then move local followers, in batches."""
    outcomes = {}
    for move in moves:
        move = await _with_accounts(move)
        has_more = await carry_refusals(move) or await move_followers(move)
        outcomes[move.pk] = _MORE if has_more else to(MoveGraph.moved)
    return outcomes


@MoveGraph.undoing.batch(size=1)
async def announce_undone_move(moves: list[Move]) -> dict[int, Outcome]:
    """Send the profile of a restored account to the servers of its next followers at the time of the move."""
    return {
        move.pk: _MORE if await announce_undone(await _with_accounts(move)) else to(MoveGraph.undone)
        for move in moves
    }


async def _with_accounts(move: Move) -> Move:
    people = {one.pk: one async for one in Identity.objects.filter(pk__in=[move.source_id, move.target_id])}
    move.source, move.target = people[move.source_id], people[move.target_id]
    return move


@every(timedelta(hours=6), name="users.old_moves")
async def remove_old_moves() -> int:
    """Delete moves older than three months, with their followers in batches. Index on created_at."""
    old = await sql.column(
        f"SELECT id FROM {_MOVES} WHERE created_at < %s ORDER BY created_at LIMIT %s",
        [clock.now() - KEPT_FOR, _OLD_AT_ONCE],
    )
    for move_id in old:
        while await delete_batch(_FOLLOWERS, "move_id = %(id)s", {"id": move_id}):
            pass
        await sql.run(f"DELETE FROM {_MOVES} WHERE id = %s", [move_id])
    return len(old)


@on_identity_deleted
async def delete_moves_of(identity: Identity) -> bool:
    """Delete the moves of a deleted identity, and its rows as a follower in other moves."""
    who = {"who": identity.pk}
    has_more = await delete_batch(_FOLLOWERS, "follower_id = %(who)s", who)
    moves = f"SELECT id FROM {_MOVES} WHERE source_id = %(who)s OR target_id = %(who)s"
    if await delete_batch(_FOLLOWERS, f"move_id IN ({moves})", who):
        return True
    return await delete_batch(_MOVES, "source_id = %(who)s OR target_id = %(who)s", who) or has_more
