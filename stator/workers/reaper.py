"""Work without a handler: rows that stayed too long in a state are moved on, and those past their `delete_after` are deleted."""

from core.db import async_atomic, own_connection
from stator.workers.state_worker import StateWorker

SIZE = 500


class Reaper(StateWorker):
    """One batch a turn of a resting or terminal state, or of an active one that has a timeout."""

    async def turn(self) -> bool:
        state = self.state
        async with own_connection(), async_atomic():
            if state.delete_after is not None:
                number = await self.table.delete_old(state, SIZE)
            elif state.timeout_to is not None:
                number = await self.table.time_out(state, SIZE)
            else:
                number = 0
            if number:
                self.counters.count_moved(self.table.label, state.name, number)
            elif not state.is_active:
                number = await self.table.rest(state, SIZE)
        return number == SIZE
