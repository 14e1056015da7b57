"""The database pool of this process: the number of connections in use, and cheap statements for a test session."""

from collections import deque
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections
from psycopg._preparing import PrepareManager
from psycopg_pool import AsyncConnectionPool

_KEPT_STATEMENTS = 5_000  # more than a session uses


class _Stack(deque[Any]):
    """A queue that returns the most recently added item first."""

    def popleft(self) -> Any:
        return self.pop()


def keep_statements() -> None:
    """Prepare each statement when it is first used, keep it for the session, and reuse the most recently used connection.

    Parsing and planning took half of the database's CPU: a server repeats a few statements many times, but a session has a thousand that
    each test uses once or twice. With `plan_cache_mode` (tests/support/postgres.py) each is planned once per connection.
    """
    settings.DATABASES[DEFAULT_DB_ALIAS]["OPTIONS"]["prepare_threshold"] = 0
    PrepareManager.prepared_max = _KEPT_STATEMENTS
    # psycopg also discards all statements after a ROLLBACK, because it may have dropped a table
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
    """Return the number of connections taken from the pool."""
    stats = async_connections[DEFAULT_DB_ALIAS].pool.get_stats()
    return stats.get("pool_size", 0) - stats.get("pool_available", 0)
