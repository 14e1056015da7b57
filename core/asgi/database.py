"""The database's part in a process's start and stop: the pool is opened once, and this process's ids get a node of their own."""

from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections

from core import ids
from core.db import own_connection, sql


async def start_database() -> None:
    """The pool is open and ids made here differ from those of other processes (sequence takahe_node, modulo 64)."""
    async with own_connection():
        ids.use_node(await sql.value("SELECT nextval('takahe_node')"))


async def stop_database() -> None:
    """The pool is closed; connections in use are given up."""
    async with own_connection():
        await async_connections[DEFAULT_DB_ALIAS].close_pool()
