"""Rules for pooled database connections: a closed one is never handed out, and no web statement waits forever."""

import select
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool

WEB_STATEMENT_TIMEOUT_S = 5
WEB_LOCK_TIMEOUT_S = 2
# A request killed between two statements must not keep its locks.
WEB_IDLE_IN_TRANSACTION_TIMEOUT_S = 30


def check_before_use(pool: AsyncConnectionPool[Any]) -> None:
    """Make the pool test each connection that it hands out, without a round trip.

    The server sends nothing on an idle connection except its end, so a silent socket is a live connection. If one was closed the others
    were, too (a restart of Postgres): all idle ones are replaced, because otherwise the pool would wait a second before each. A private
    attribute, because the backend passes `check` itself: None, or a round trip for each request.
    tests/platform/serving/test_database_faults.py fails if it has no effect.
    """

    async def check_open(connection: AsyncConnection[Any]) -> None:
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN)
        if not poller.poll(0):
            return
        try:
            await pool.check_connection(connection)
        except OperationalError:
            await pool.drain()
            raise

    pool._check = check_open


def web_options(options: str) -> str:
    """Return the connection parameter `options` for a web process: `options` with limits for a statement, a lock and an idle transaction."""
    limits = {
        "statement_timeout": WEB_STATEMENT_TIMEOUT_S,
        "lock_timeout": WEB_LOCK_TIMEOUT_S,
        "idle_in_transaction_session_timeout": WEB_IDLE_IN_TRANSACTION_TIMEOUT_S,
    }
    return " ".join([options, *(f"-c {name}={seconds}s" for name, seconds in limits.items())])
