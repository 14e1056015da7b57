"""Short notices between processes through Postgres: `publish` inside a transaction, and a `Listener` with one LISTEN connection.

A notice contains a few ids, never the objects: Postgres limits it to 8,000 bytes, and the reader of the row checks access. Notices are
not stored: after a reconnection every subscriber gets `None` and has to check what it missed.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import psycopg.sql
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core.db import sql
from core.logs import get_logger

log = get_logger(__name__)

MAX_BYTES = 7999  # of one payload: Postgres refuses 8000
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, OSError)
_PAUSE_BASE_S, _PAUSE_CAP_S = 0.1, 5.0
_PROBE_S = 30.0  # a silently dropped connection is noticed within this time


async def publish(channel: str, payloads: Sequence[str]) -> None:
    """Send payloads to the listeners of `channel` when this transaction commits. Raises ValueError if one is too long."""
    for payload in payloads:
        if len(payload.encode()) > MAX_BYTES:
            raise ValueError(f"a notice of {len(payload)} characters; publish ids, in pieces")
    if payloads:
        await sql.run("SELECT pg_notify(%s, p) FROM unnest(%s::text[]) AS p", [channel, list(payloads)])


def batched_payloads(kind: str, ids: Iterable[int], size: int = 300) -> Iterator[str]:
    """Yield payloads `kind 1,2,3` that are short enough whatever the number of ids (at most 20 digits each)."""
    texts = [str(one) for one in ids]
    for start in range(0, len(texts), size):
        yield f"{kind} {','.join(texts[start : start + size])}"


def _connection_parameters() -> dict[str, Any]:
    """Return the parameters of the process's own database, for a connection outside its pool."""
    parameters = dict(async_connections[DEFAULT_DB_ALIAS].get_connection_params())
    for ours in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(ours, None)
    return parameters


class Listener:
    """One dedicated LISTEN connection, and a bounded queue for each subscriber. Reconnects with back-off until it is stopped."""

    def __init__(
        self,
        name: str,
        parameters: Callable[[], dict[str, Any]] = _connection_parameters,
        *,
        most_waiting: int = 10_000,
    ) -> None:
        self.name = name
        self.is_listening = asyncio.Event()
        self._parameters = parameters
        self._most_waiting = most_waiting
        self._queues: dict[str, list[asyncio.Queue[str | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, channel: str) -> "asyncio.Queue[str | None]":
        """Return the notices of `channel` from the next (re)connection on; None if some may have been missed. Call it before `start`."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(self._most_waiting)
        self._queues.setdefault(channel, []).append(queue)
        return queue

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"pubsub:{self.name}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self.is_listening.clear()

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **self._parameters(), autocommit=True, application_name=self.name
                ) as connection:
                    for channel in self._queues:
                        await connection.execute(
                            psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel))
                        )
                    failures = 0
                    self.is_listening.set()
                    log.info("pubsub.listening", listener=self.name)
                    for channel in self._queues:
                        self._tell(channel, None)
                    await self._hear(connection)
            except _AWAY as error:
                failures += 1
                log.warning("pubsub.away", listener=self.name, error=error, failures=failures)
            self.is_listening.clear()
            pause_s = min(_PAUSE_CAP_S, _PAUSE_BASE_S * 2.0 ** min(failures - 1, 10))
            await asyncio.sleep(pause_s * random.uniform(0.75, 1.25))  # noqa: S311

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notice in connection.notifies(timeout=_PROBE_S):
                self._tell(notice.channel, notice.payload)
            await connection.execute("SELECT 1")

    def _tell(self, channel: str, payload: str | None) -> None:
        for queue in self._queues.get(channel, ()):
            if queue.full():  # its reader is far behind: drop the backlog and start over
                log.warning("pubsub.overrun", listener=self.name, channel=channel, dropped=queue.qsize())
                while not queue.empty():
                    queue.get_nowait()
                payload = None
            queue.put_nowait(payload)
