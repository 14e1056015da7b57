"""Batch transitions per second, compared with a plain psycopg loop that claims and updates batches of the same size.

`python -m benchmarks.stator.stator_batch`
"""

import os
import time

import psycopg

from benchmarks.support.engine import compare, engine, fill, with_database

ROWS = 100_000
SIZE = 500

_CLAIM = """SELECT * FROM stator_tests_parcel WHERE state = 'returned' AND state_due_at <= now()
    ORDER BY state_due_at LIMIT %s FOR UPDATE SKIP LOCKED"""
_UPDATE = """UPDATE stator_tests_parcel SET state = 'gone', state_changed_at = now(), state_due_at = NULL, state_attempts = 0,
    state_error = NULL WHERE id = ANY(%s)"""


async def _plain() -> float:
    await fill(ROWS, "returned")
    async with await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"]) as connection:
        start = time.perf_counter()
        while True:
            async with connection.transaction():
                cursor = await connection.execute(_CLAIM, (SIZE,))
                ids = [row[0] for row in await cursor.fetchall()]
                if not ids:
                    break
                await connection.execute(_UPDATE, (ids,))
        return time.perf_counter() - start


async def _ours() -> float:
    await fill(ROWS, "returned")
    return await engine(ROWS, "gone")


async def _main() -> None:
    from core.db import own_connection
    from tests.stator.app import handlers  # noqa: F401 - hangs the handlers on their states

    async with own_connection():
        await compare("batch transitions", ROWS, _ours, _plain, 0.5)


if __name__ == "__main__":
    with_database(_main)
