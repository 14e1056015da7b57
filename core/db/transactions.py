"""Transactions and what happens after they commit."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections
from django_async_backend.db.transaction import async_atomic

from core.db import sql

__all__ = ["async_atomic", "commit_asynchronously", "in_transaction", "on_commit"]


def in_transaction() -> bool:
    """Return whether this task is inside an `async_atomic` block."""
    return bool(async_connections[DEFAULT_DB_ALIAS].in_atomic_block)


async def on_commit(action: Callable[[], Awaitable[Any]]) -> None:
    """Run `action` once the outermost transaction has committed, or at once when there is none."""
    await async_connections[DEFAULT_DB_ALIAS].on_commit(action)


async def commit_asynchronously() -> None:
    """Let the current transaction commit without waiting for the disk, for steps of the worker that are repeated if they are lost.

    A crash of the machine or of Postgres loses at most the last 600 ms of such commits, in order and never half of one; a killed worker
    loses none (postgresql.org/docs/current/wal-async-commit.html). Later commits that wait for the disk carry them along.
    """
    await sql.run("SET LOCAL synchronous_commit = off")
