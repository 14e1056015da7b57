"""The life of database connections: a task takes one at its first query and returns it when its work ends.

A connection belongs to the task that first used it. A request returns its own before it reads a body, before it responds and at its end;
any other task that queries runs inside `own_connection()`. No task holds one while waiting for the network or a child process:
`core/http`, `core/mail`, `core/media/children` and `core/processes/offload` call `require_no_connection()` and refuse.

Not in `core/db`, which re-exports it: child processes import this, and have no models.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core.django_internals import connection_of_task, drop_connection_of_task, let_any_task_use, task_of


class ConnectionHeld(RuntimeError):
    """Code awaited the network or a child process while holding a database connection. Always a programming error."""


def require_no_connection(what: str) -> None:
    """Raise ConnectionHeld if this task holds a connection before it waits for `what`. Call `release_connection()` first."""
    for wrapper in _wrappers():
        if wrapper.connection is not None:
            held = "a transaction is open" if wrapper.in_atomic_block else "a database connection is held"
            raise ConnectionHeld(f"{what} while {held}")


async def release_connection() -> None:
    """Return this task's connection to the pool; the next query takes one again. Cheap if none was taken.

    Raises ConnectionHeld inside a transaction, which would be lost.
    """
    for wrapper in _wrappers():
        if wrapper.connection is not None:
            if wrapper.in_atomic_block:
                raise ConnectionHeld("a connection is given back while a transaction is open")
            await wrapper.close()


async def forget_connection() -> None:
    """Release the connection and also drop its wrapper (4 KB), in tasks that will wait a long time before their next query.

    The parent task's wrapper is kept, because it may be in use.
    """
    wrapper = connection_of_task()
    if wrapper is not None and task_of(wrapper) in {None, asyncio.current_task()}:
        await wrapper.close()
        drop_connection_of_task()


@asynccontextmanager
async def own_connection() -> AsyncIterator[None]:
    """Give this task a connection of its own inside the block, taken at the first query and returned at the end."""
    before = async_connections[DEFAULT_DB_ALIAS]
    mine = async_connections.create_connection(DEFAULT_DB_ALIAS)
    # a connection that this task holds around the block counts as held inside it; one of the parent task doesn't
    mine.around = before if task_of(before) is asyncio.current_task() else None
    async_connections[DEFAULT_DB_ALIAS] = mine
    try:
        yield
    finally:
        async_connections[DEFAULT_DB_ALIAS] = before
        await mine.close()


class ReservedConnection:
    """A permanent connection outside the pool, for requests that must be answered when the pool is exhausted.

    One task at a time uses it, the others wait; raises TimeoutError after `timeout_s` seconds of waiting and use together.
    """

    def __init__(self, timeout_s: float = 3.0) -> None:
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self._wrapper: Any = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[None]:
        """Send this task's queries through the reserved connection inside the block.

        An error in the block closes the connection.
        """
        async with asyncio.timeout(self._timeout_s), self._turn:
            if self._wrapper is None:
                self._wrapper = _without_pool()
            wrapper, before = self._wrapper, async_connections[DEFAULT_DB_ALIAS]
            let_any_task_use(wrapper)
            async_connections[DEFAULT_DB_ALIAS] = wrapper
            try:
                if wrapper.connection is not None and not await wrapper.is_usable():
                    await wrapper.close()  # the database was restarted
                yield
            except BaseException:
                await wrapper.close()
                raise
            finally:
                async_connections[DEFAULT_DB_ALIAS] = before

    async def close(self) -> None:
        """Close the connection; the next use opens another."""
        if self._wrapper is not None:
            await self._wrapper.close()


def _without_pool() -> Any:
    wrapper = async_connections.create_connection(DEFAULT_DB_ALIAS)
    options = {name: value for name, value in wrapper.settings_dict["OPTIONS"].items() if name != "pool"}
    wrapper.settings_dict = {**wrapper.settings_dict, "OPTIONS": options}
    return wrapper


def _wrappers() -> Iterator[Any]:
    """Yield this task's connection and those of the `own_connection()` blocks around it; none is created (2 µs per delivery)."""
    wrapper = connection_of_task()
    while wrapper is not None:
        yield wrapper
        wrapper = getattr(wrapper, "around", None)
