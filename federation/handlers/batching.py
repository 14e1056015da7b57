"""Batching of database work: while one statement runs, the calls of other tasks collect and run in the next one.

Results of five hundred hosts that time out at once take a few statements and commits instead of five hundred, and a host that answers at
that moment waits for at most one of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from core.db import CONNECTION_ERRORS, own_connection
from core.logs import get_logger

log = get_logger(__name__)

_MAX_COUNT = 100  # items per statement


class Batcher[Item, Answer]:
    """A batcher, called with an item; `work` gets the items of many tasks and returns a result for each, in order.

    Runs in a task and on a connection of its own, one statement at a time. If `work` fails, its items are retried one by one, so that
    each caller gets its own error; if the database is unavailable all get that error.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *, patience_s: float = 0.0
    ) -> None:
        """Batch calls of `work`. `patience_s`: how long to wait for further items before each statement."""
        self._work, self._patience_s = work, patience_s
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Answer:
        loop = asyncio.get_running_loop()
        if self._task is not None and self._task.get_loop() is not loop:
            self._task, self._waiting = None, []
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="federation:batcher")
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:  # checked again after the connection is returned
                if self._patience_s:
                    await asyncio.sleep(self._patience_s)
                async with own_connection():
                    while self._waiting:
                        batch, self._waiting = self._waiting[:_MAX_COUNT], self._waiting[_MAX_COUNT:]
                        await self._answer([each for each in batch if not each[1].done()])
                        if self._patience_s and len(self._waiting) < _MAX_COUNT:
                            break
        finally:
            self._task = None

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        if not batch:
            return
        try:
            answers = await self._work([item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, CONNECTION_ERRORS):
                log.exception("delivery.batch_failed", items=len(batch))
                for each in batch:
                    await self._answer([each])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
