"""Batch handlers: claim, handler and transitions are one transaction, so that all of it happens once or not at all."""

import asyncio
from contextlib import AbstractContextManager
from typing import Any

from core.db import async_atomic, own_connection
from core.logs import get_logger
from stator.handlers import Batch
from stator.lane import Lane, connection_is_lost
from stator.moves import Move, error_text, judge_all, judge_error, outcomes_by_pk
from stator.shares import shares

log = get_logger(__name__)


class BatchLane(Lane):
    """One batch a turn. A row that makes the handler raise is found by halving, so that the rest go on."""

    @property
    def handler(self) -> Batch:
        handler = self.state.handler
        assert isinstance(handler, Batch)
        return handler

    def share(self) -> AbstractContextManager[object]:
        return shares.batch()

    async def turn(self) -> bool:
        size = self.handler.size
        async with own_connection(), async_atomic():
            rows = await self.table.lock_due(self.state, size)
            if not rows:
                return False
            moves = await self._handle(rows, set())
            await self.table.apply_locked(self.state, moves)
        self.count([move for _, move in moves])
        if len(rows) < size:
            self.emptied()
        return len(rows) == size

    async def _handle(self, rows: list[Any], logged: set[str]) -> list[tuple[Any, Move]]:
        attempts = {row.pk: row.state_attempts + 1 for row in rows}
        try:
            async with async_atomic(), asyncio.timeout(self.handler.timeout.total_seconds()):
                outcomes = outcomes_by_pk(await self.handler.function(rows), list(attempts))
                moves = judge_all(self.state, attempts, outcomes)
                for effect in dict.fromkeys(move.effect for _, move in moves if move.effect is not None):
                    await effect()  # once, if all rows share it
                return moves
        except Exception as error:
            if connection_is_lost():
                raise
            if len(rows) > 1:
                middle = len(rows) // 2
                return [
                    *await self._handle(rows[:middle], logged),
                    *await self._handle(rows[middle:], logged),
                ]
            if (text := error_text(error)) not in logged:  # one traceback for a thousand rows of one fault
                logged.add(text)
                log.exception("stator.handler_failed", lane=self.name, row=str(rows[0].pk))
            return [(rows[0].pk, judge_error(self.state, attempts[rows[0].pk], error))]
