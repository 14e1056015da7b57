"""Transactions and what happens after they commit."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections
from django_async_backend.db.transaction import async_atomic

__all__ = ["async_atomic", "in_transaction", "on_commit"]


def in_transaction() -> bool:
    """Return whether this task is inside an `async_atomic` block."""
    return bool(async_connections[DEFAULT_DB_ALIAS].in_atomic_block)


async def on_commit(action: Callable[[], Awaitable[Any]]) -> None:
    """Run `action` once the outermost transaction has committed, or at once when there is none."""
    await async_connections[DEFAULT_DB_ALIAS].on_commit(action)
