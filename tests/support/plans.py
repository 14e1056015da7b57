"""The database cost of a request's statements: pages read, counted by EXPLAIN, which doesn't depend on the machine's load."""

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
    """The cost of a statement: pages read, the most rows kept or removed by one step of its plan, and pages written to temporary files.

    A statement writes `temporary` pages if its intermediate results exceed work_mem.
    """

    sql: str
    buffers: int
    most_rows: int
    temporary: int


@asynccontextmanager
async def measured(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Cost]]:
    """Explain every statement that runs inside the block, roll that back, and then run it."""
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
    """Return the pages read by the step and all steps below it."""
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def _rows(plan: dict[str, Any]) -> Iterable[int]:
    kept_and_thrown_away = (
        value for name, value in plan.items() if name == "Actual Rows" or name.startswith("Rows Removed")
    )
    yield round(sum(kept_and_thrown_away) * int(plan["Actual Loops"]))
    for below in plan.get("Plans", ()):
        yield from _rows(below)


def total(costs: Iterable[Cost]) -> int:
    """Return the pages read by all statements together."""
    return sum(cost.buffers for cost in costs)


async def vacuum() -> None:
    """Vacuum and analyse every table, so that plans and costs don't depend on the rows that other tests deleted.

    That is a tenth of a second. A list of the tables that a request reads would have to grow with each new query.
    """
    await sql.run("VACUUM (ANALYZE)")


async def rebuild_indexes() -> None:
    """Write every index anew, in half a second: other tests' deleted rows leave levels in them that each look-up reads."""
    await sql.run("REINDEX SCHEMA public")
    await vacuum()


async def rebuild(*tables: str) -> None:
    """Vacuum tables as if no other test had filled them: index files never shrink, and the planner uses their sizes."""
    for table in tables:
        await sql.run(f"VACUUM (FULL) {table}")
    await vacuum()
