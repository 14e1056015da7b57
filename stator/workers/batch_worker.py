"""Batch handlers: claim, handler and transitions are one transaction, so that all of it happens once or not at all."""

import asyncio
from contextlib import AbstractContextManager
from typing import Any

from core.db import async_atomic, own_connection
from core.logs import get_logger
from stator.handlers import Batch
from stator.updates import Update, error_text, error_to_update, outcomes_by_pk, outcomes_to_updates
from stator.workers.bulk_scheduler import bulk_scheduler
from stator.workers.state_worker import StateWorker, connection_is_lost

log = get_logger(__name__)


class BatchWorker(StateWorker):
    """Handles one batch per turn. A row that makes the handler raise is found by bisection, so that the rest continue."""

    @property
    def handler(self) -> Batch:
        handler = self.state.handler
        assert isinstance(handler, Batch)
        return handler

    def share(self) -> AbstractContextManager[object]:
        return bulk_scheduler().batch()

    async def turn(self) -> bool:
        size = self.handler.size
        async with own_connection(), async_atomic():
            rows = await self.table.lock_due(self.state, size)
            if not rows:
                self.found_nothing()
                return False
            self.found_some()
            updates = await self._handle(rows, set())
            await self.table.apply_locked(self.state, updates)
        self.count([update for _, update in updates])
        if len(rows) < size:
            self.emptied()
        return len(rows) == size

    async def _handle(self, rows: list[Any], logged: set[str]) -> list[tuple[Any, Update]]:
        attempts = {row.pk: row.state_attempts + 1 for row in rows}
        try:
            async with async_atomic(), asyncio.timeout(self.handler.timeout.total_seconds()):
                outcomes = outcomes_by_pk(await self.handler.function(rows), list(attempts))
                updates = outcomes_to_updates(self.state, attempts, outcomes)
                for effect in dict.fromkeys(
                    update.effect for _, update in updates if update.effect is not None
                ):
                    await effect()  # once, if all rows share it
                return updates
        except Exception as error:
            if connection_is_lost():
                raise
            if len(rows) > 1:
                middle = len(rows) // 2
                return [
                    *await self._handle(rows[:middle], logged),
                    *await self._handle(rows[middle:], logged),
                ]
            if (text := error_text(error)) not in logged:  # one traceback for many rows with the same error
                logged.add(text)
                log.exception("stator.handler_failed", state_worker=self.name, row=str(rows[0].pk))
            return [(rows[0].pk, error_to_update(self.state, attempts[rows[0].pk], error))]
