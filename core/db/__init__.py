"""The database layer: model base class, transactions, connections, hand-written SQL."""

from core.connections import (
    ConnectionHeld,
    ReservedConnection,
    forget_connection,
    own_connection,
    release_connection,
    require_no_connection,
)
from core.db.batches import delete_batch
from core.db.model import AsyncManager, Model
from core.db.sql import CONNECTION_ERRORS
from core.db.transactions import async_atomic, commit_asynchronously, in_transaction, on_commit

__all__ = [
    "CONNECTION_ERRORS",
    "AsyncManager",
    "ConnectionHeld",
    "Model",
    "ReservedConnection",
    "async_atomic",
    "commit_asynchronously",
    "delete_batch",
    "forget_connection",
    "in_transaction",
    "on_commit",
    "own_connection",
    "release_connection",
    "require_no_connection",
]
