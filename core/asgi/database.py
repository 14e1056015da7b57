"""Start and stop of the database: opening the pool, and reserving a node number for the ids of this process."""

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core import ids
from core.db import own_connection, sql
from core.db.pool import check_before_use, web_options

_CLOSE_WITHIN_S = 1  # an attempt to connect to a database that is gone takes longer


async def start_web_database() -> None:
    """Start the database for a web process, with statement timeouts."""
    options = async_connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"]
    options["options"] = web_options(options.get("options", ""))
    await start_database()


async def start_database() -> None:
    """Open the pool, and make ids that differ from those of other processes (sequence takahe_node, modulo 64)."""
    async with own_connection():
        check_before_use(async_connections[DEFAULT_DB_ALIAS].pool)
        ids.use_node(await sql.value("SELECT nextval('takahe_node')"))


async def stop_database() -> None:
    """Close the pool; connections in use, and those that are being made, are abandoned."""
    async with own_connection():
        database = async_connections[DEFAULT_DB_ALIAS]
        if database.pool is not None:
            await database.pool.close(timeout=_CLOSE_WITHIN_S)
        await database.close_pool()
