"""Wake-ups of a worker: a database connection of its own that LISTENs for tables with due rows."""

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core.db import CONNECTION_ERRORS
from core.logs import get_logger
from stator.triggers import CHANNEL
from stator.workers.state_worker import pause_s

log = get_logger(__name__)

_PROBE_S = 30.0  # a silently dropped connection is noticed within this time


async def listen(heard: Callable[[str | None], None], is_listening: asyncio.Event) -> None:
    """Call `heard(table)` for each wake-up, and `heard(None)` after each (re)connection, because some may have been missed. Ends by
    cancellation.
    """
    failures = 0
    while True:
        try:
            async with await _connect() as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                failures = 0
                is_listening.set()
                heard(None)
                while True:
                    async for notice in connection.notifies(timeout=_PROBE_S):
                        heard(notice.payload)
                    await connection.execute("SELECT 1")
        except CONNECTION_ERRORS as error:
            failures += 1
            log.warning("stator.listener_away", error=error, failures=failures)
        is_listening.clear()
        await asyncio.sleep(pause_s(failures))


async def _connect() -> psycopg.AsyncConnection[Any]:
    parameters = dict(async_connections[DEFAULT_DB_ALIAS].get_connection_params())
    for ours in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(ours, None)
    return await psycopg.AsyncConnection.connect(
        **parameters, autocommit=True, application_name="takahe-listener"
    )
