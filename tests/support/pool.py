"""The state of this process's database pool."""

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections


def connections_in_use() -> int:
    """How many connections are out of the pool."""
    stats = async_connections[DEFAULT_DB_ALIAS].pool.get_stats()
    return stats.get("pool_size", 0) - stats.get("pool_available", 0)
