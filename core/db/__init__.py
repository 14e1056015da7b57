"""The database layer: model base class, transactions, connections, hand-written SQL."""

from core.connections import (
    ConnectionHeld,
    ReservedConnection,
    forget_connection,
    own_connection,
    release_connection,
    require_no_connection,
)
from core.db.model import AsyncManager, Model
from core.db.pieces import delete_piece
from core.db.sql import DATABASE_GONE
from core.db.transactions import async_atomic, in_transaction, on_commit

__all__ = [
    "DATABASE_GONE",
    "AsyncManager",
    "ConnectionHeld",
    "Model",
    "ReservedConnection",
    "async_atomic",
    "delete_piece",
    "forget_connection",
    "in_transaction",
    "on_commit",
    "own_connection",
    "release_connection",
    "require_no_connection",
]
