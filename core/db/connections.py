"""The policy for connections: a task takes one at its first query and gives it back when its work ends.

A connection belongs to the task that first used it. A request gives its own back at its end and before it streams; any
other task that queries runs inside `own_connection()`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections


async def release_connection() -> None:
    """Give this task's connection back to the pool; the next query takes one again. Cheap when none was taken."""
    await async_connections[DEFAULT_DB_ALIAS].close()


async def forget_connection() -> None:
    """The same, and not even its wrapper is kept (4 KB): for tasks that will wait long before they query again."""
    if hasattr(async_connections._connections, DEFAULT_DB_ALIAS):
        await async_connections[DEFAULT_DB_ALIAS].close()
        delattr(async_connections._connections, DEFAULT_DB_ALIAS)


@asynccontextmanager
async def own_connection() -> AsyncIterator[None]:
    """Inside the block this task has a connection of its own (taken at the first query), given back at the end."""
    before = async_connections[DEFAULT_DB_ALIAS]
    mine = async_connections.create_connection(DEFAULT_DB_ALIAS)
    async_connections[DEFAULT_DB_ALIAS] = mine
    try:
        yield
    finally:
        async_connections[DEFAULT_DB_ALIAS] = before
        await mine.close()
