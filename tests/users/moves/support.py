"""Moves as the worker processes them."""

from core.db import async_atomic
from users.moves.handlers import announce_move, announce_undone_move, move_local_followers
from users.moves.models import Move, MoveGraph

_HANDLERS = {
    MoveGraph.telling.name: announce_move,
    MoveGraph.carrying.name: move_local_followers,
    MoveGraph.undoing.name: announce_undone_move,
}


async def step(move: Move) -> Move:
    """Handle the move once, as a worker does that dies afterwards: only its row remains."""
    async with async_atomic():
        current = await Move.objects.aget(pk=move.pk)
        [outcome] = (await _HANDLERS[current.state]([current])).values()
        if outcome.state is not None:
            await Move.objects.filter(pk=move.pk).aupdate(state=outcome.state.name)
    return await Move.objects.aget(pk=move.pk)


async def finish(move: Move, *, most: int = 50) -> Move:
    for _ in range(most):
        move = await step(move)
        if move.state not in _HANDLERS:
            return move
    raise AssertionError("the move never ends")
