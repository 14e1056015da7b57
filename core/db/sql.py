"""Hand-written SQL. Values are always parameters; name the index that serves a hot query beside it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import django.db
import msgspec
import psycopg
import psycopg_pool
from django.db import DEFAULT_DB_ALIAS, models
from django_async_backend.db import async_connections

from core.server_state import PerServer

CONNECTION_ERRORS = (
    django.db.OperationalError,
    django.db.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
)
"""Errors that mean that the database is unavailable, not that a statement was wrong."""

Params = Sequence[Any] | Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Sql:
    """A fragment of SQL with the values of its placeholders (`%(name)s`).

    It formats as its text, so that a longer one can include it in an f-string, and `Sql.of` adds its values: `Sql.of(f"SELECT p.id FROM
    activities_post p WHERE p.author_id = %(author)s AND {condition}", condition, author=3)`.
    """

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, *parts: "Sql | Mapping[str, Any]", **params: Any) -> "Sql":
        """Return a text with its own values and those of its parts. Raises ValueError if two values have the same name."""
        values: dict[str, Any] = dict(params)
        for part in parts:
            for name, value in (part.params if isinstance(part, Sql) else part).items():
                if values.setdefault(name, value) != value:
                    raise ValueError(f"two values for {name}")
        return cls(text, values)

    def __str__(self) -> str:
        return self.text

    def __and__(self, other: "Sql | str") -> "Sql":
        """Return the condition that both are true."""
        return Sql.of(f"{self} AND {other}", self, *([other] if isinstance(other, Sql) else []))


Query = str | Sql


class Statements:
    """The number of statements that were sent through this module, and the seconds until they were answered."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0


statements = PerServer(Statements)


@lru_cache(maxsize=256)
def _without_indentation(query: str) -> str:
    """Remove indentation: the driver caches parsed queries only up to 4,096 characters."""
    return "\n".join(line for line in map(str.strip, query.splitlines()) if line)


def _statement(query: Query, params: Params) -> tuple[str, Params]:
    """Return the text and the parameters for the driver."""
    if isinstance(query, Sql):
        assert params is None
        return _without_indentation(query.text), query.params
    return _without_indentation(query), params


async def _execute(cursor: Any, query: Query, params: Params) -> None:
    sent, started = statements(), time.perf_counter()
    try:
        await cursor.execute(*_statement(query, params))
    finally:
        sent.count += 1
        sent.seconds += time.perf_counter() - started


async def rows(query: Query, params: Params = None) -> list[tuple[Any, ...]]:
    """Return all rows of a query as tuples."""
    async with await async_connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        await _execute(cursor, query, params)
        return await cursor.fetchall()


async def structs[S: msgspec.Struct](kind: type[S], query: Query, params: Params = None) -> list[S]:
    """Return all rows as `kind`, whose fields are in the order of the query's columns."""
    return [kind(*row) for row in await rows(query, params)]


async def one(query: Query, params: Params = None) -> tuple[Any, ...] | None:
    """Return the first row, or None."""
    async with await async_connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        await _execute(cursor, query, params)
        return await cursor.fetchone()


async def value(query: Query, params: Params = None) -> Any:
    """Return the first column of the first row, or None when there is no row."""
    row = await one(query, params)
    return None if row is None else row[0]


async def column(query: Query, params: Params = None) -> list[Any]:
    """Return the first column of every row."""
    return [row[0] for row in await rows(query, params)]


async def run(query: Query, params: Params = None) -> int:
    """Execute a statement; return the number of affected rows."""
    async with await async_connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        await _execute(cursor, query, params)
        return int(cursor.rowcount)


def table(model: type[models.Model]) -> str:
    """Return the name of a model's table, for the modules that say a relation in SQL."""
    return model._meta.db_table


def exists(query: str, *, fenced: bool = False) -> str:
    """Return the condition that such a row exists (`table alias WHERE …`).

    `fenced` keeps Postgres from turning it into a join or into a hash of all rows of a viewer: each check stays a single index look-up,
    so that a page costs the same for a user with ten follows and with ten thousand, and planning is quick.
    """
    return f"EXISTS (SELECT 1 FROM {query}{' OFFSET 0' if fenced else ''})"


def like(text: str) -> str:
    """Return a LIKE pattern that matches exactly this text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
