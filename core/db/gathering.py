"""One statement for many tasks: while it runs, further requests are collected for the next one.

An idle server runs a statement for each, without delay; a busy one a few large ones instead of many small ones, each with a round trip
and, if it writes, a commit of its own.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from core.connections import own_connection, release_connection
from core.db.sql import CONNECTION_ERRORS


class Gathering[Item, Result]:
    """Calls `run` with collected items, on a connection of its own. It returns their results in the same order, committed.

    A batch holds up to `max_items` items and, unless it is a single item, `max_size` as measured by `size`.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        max_items: int = 100,
        size: Callable[[Item], int] = lambda item: 0,
        max_size: int = 0,
    ) -> None:
        self._run = run
        self._max_items, self._size, self._max_size = max_items, size, max_size
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """Return the result for `item` from a statement that starts after this call. Raises the error for this item.

        Releases the task's connection first, so not inside a transaction: if waiting tasks held the whole pool, none would be left for
        the statement.
        """
        await release_connection()
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="db:gathering")
        return await future

    async def _work(self) -> None:
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        try:
            while self._waiting:
                batch = self._take()
                await self._answer(batch)
        finally:  # without await: no task may be left waiting for a worker that has ended
            self._worker = None
            for _, future in (*batch, *self._waiting):
                future.cancel()
            self._waiting.clear()

    def _take(self) -> list[tuple[Item, "asyncio.Future[Result]"]]:
        batch = [self._waiting.popleft()]
        size = self._size(batch[0][0])
        while self._waiting and len(batch) < self._max_items:
            size += self._size(self._waiting[0][0])
            if size > self._max_size:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _answer(self, batch: Sequence[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        try:
            async with own_connection():
                results = await self._run([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1 or isinstance(error, CONNECTION_ERRORS):
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                return
            for one in batch:  # an item that can't be stored must not fail the others'
                await self._answer([one])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():  # its task was cancelled in the meantime
                future.set_result(result)
