"""The database pool of this process: how many connections are out of it, and how a test session makes its statements cheap."""

from collections import deque
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections
from psycopg._preparing import PrepareManager
from psycopg_pool import AsyncConnectionPool

_KEPT_STATEMENTS = 5_000  # more than the session has


class _Stack(deque[Any]):
    """Gives back what was added last."""

    def popleft(self) -> Any:
        return self.pop()


def keep_statements() -> None:
    """Prepare each statement when it is first seen, and keep it for the session, on the connection that was used last.

    Parsing and planning were half of the database's CPU: a server repeats some statements many times, a session has a thousand that
    each test needs once or twice. With `plan_cache_mode` (tests/support/postgres.py) each is planned once a connection.
    """
    settings.DATABASES[DEFAULT_DB_ALIAS]["OPTIONS"]["prepare_threshold"] = 0
    PrepareManager.prepared_max = _KEPT_STATEMENTS
    # psycopg forgets all after a ROLLBACK, too, because a table may have gone with it
    PrepareManager._should_discard = _should_discard  # type: ignore[method-assign]
    make = AsyncConnectionPool.__init__

    def make_stack(self: AsyncConnectionPool[Any], *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        self._pool = _Stack(self._pool)

    AsyncConnectionPool.__init__ = make_stack  # type: ignore[method-assign]


_discards = PrepareManager._should_discard


def _should_discard(self: PrepareManager, prepare: Any, results: Any) -> bool:
    others = [result for result in results if result.command_status != b"ROLLBACK"]
    return _discards(self, prepare, others)


def connections_in_use() -> int:
    """How many connections are out of the pool."""
    stats = async_connections[DEFAULT_DB_ALIAS].pool.get_stats()
    return stats.get("pool_size", 0) - stats.get("pool_available", 0)
