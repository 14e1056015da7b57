"""The cost of a request's statements in the database: pages read, counted by EXPLAIN, whatever the machine is doing."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from django.db import DEFAULT_DB_ALIAS
from django_async_backend.db import async_connections
from django_async_backend.db.backends.utils import AsyncCursorWrapper

from core.db import sql

_EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "(")


class Cost(NamedTuple):
    """One statement: pages found in memory or on disk, the most rows that one step of its plan took up or threw away, and pages put into files.

    A statement writes `temporary` pages when what it keeps in between does not fit into its memory.
    """

    sql: str
    buffers: int
    most_rows: int
    temporary: int


@asynccontextmanager
async def measured(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Cost]]:
    """Explain every statement that runs inside the block, take that back, and then run it."""
    seen: list[Cost] = []
    execute = AsyncCursorWrapper.execute

    async def explaining(self: Any, query: Any, params: Any = None) -> Any:
        if isinstance(query, str) and query.lstrip().upper().startswith(_EXPLAINED):
            is_inside = async_connections[DEFAULT_DB_ALIAS].in_atomic_block
            await execute(self, "SAVEPOINT measured" if is_inside else "BEGIN")
            await execute(self, f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {query}", params)
            plan = (await self.fetchone())[0][0]["Plan"]
            await execute(self, "ROLLBACK TO SAVEPOINT measured" if is_inside else "ROLLBACK")
            seen.append(Cost(query, _buffers(plan), max(_rows(plan)), int(plan["Temp Written Blocks"])))
        return await execute(self, query, params)

    with monkeypatch.context() as patch:
        patch.setattr(AsyncCursorWrapper, "execute", explaining)
        yield seen


def _buffers(plan: dict[str, Any]) -> int:
    """Of the step and of all below it."""
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def _rows(plan: dict[str, Any]) -> Iterable[int]:
    kept_and_thrown_away = (
        value for name, value in plan.items() if name == "Actual Rows" or name.startswith("Rows Removed")
    )
    yield round(sum(kept_and_thrown_away) * int(plan["Actual Loops"]))
    for below in plan.get("Plans", ()):
        yield from _rows(below)


def total(costs: Iterable[Cost]) -> int:
    """The pages of all statements together."""
    return sum(cost.buffers for cost in costs)


async def settle(*tables: str) -> None:
    """As after autovacuum: statistics, and pages known to be visible to all."""
    for table in tables:
        await sql.run(f"VACUUM (ANALYZE) {table}")


async def settle_all() -> None:
    """Settle every table, so that no plan hangs on what other tests left."""
    await settle(
        *await sql.column(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    )


async def rebuild(*tables: str) -> None:
    """Settle tables as if no other test had filled them: the files of indexes never shrink, and plans are made by their sizes."""
    for table in tables:
        await sql.run(f"VACUUM (FULL) {table}")
    await settle(*tables)
