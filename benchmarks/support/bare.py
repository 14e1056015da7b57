"""The baseline of the API benchmarks: a bare uvicorn app that sends the statements of a recorded request through raw async psycopg and dumps the
rows with msgspec.
"""

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

STATEMENTS = "BENCH_STATEMENTS"  # environment variable with the path of the recorded statements
type Statement = tuple[str, Any]


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Yield the statements that this process sends through psycopg inside the block."""
    import psycopg

    statements: list[Statement] = []
    original = psycopg.AsyncCursor.execute

    async def execute(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(query, str) and query.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append((query, params))
        return await original(self, query, params, **options)

    psycopg.AsyncCursor.execute = execute  # type: ignore[method-assign]
    try:
        yield statements
    finally:
        psycopg.AsyncCursor.execute = original  # type: ignore[method-assign]


def keep(statements: list[Statement], file: Path) -> None:
    file.write_bytes(pickle.dumps(statements))


class _Bare:
    def __init__(self) -> None:
        kept = Path(os.environ[STATEMENTS]).read_bytes()
        self.statements: list[Statement] = pickle.loads(kept)  # written by `keep`
        self.pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        found: list[list[dict[str, Any]]] = []
        async with self.pool.connection() as connection, connection.cursor() as cursor:
            for query, params in self.statements:
                await cursor.execute(query, params)
                names = [column.name for column in cursor.description]
                found.append([dict(zip(names, row, strict=True)) for row in await cursor.fetchall()])
        body = msgspec.json.encode(found[1:])  # without the statement that authenticates
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Any, send: Any) -> None:
        from psycopg_pool import AsyncConnectionPool

        await receive()
        url = os.environ["DATABASE_URL"]
        self.pool = AsyncConnectionPool(url, min_size=1, max_size=20, open=False, kwargs={"autocommit": True})
        await self.pool.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def __getattr__(name: str) -> object:
    """Make `benchmarks.support.bare:app`, for uvicorn."""
    if name == "app":
        return _Bare()
    raise AttributeError(name)
