"""Per-row transitions per second, compared with one committed UPDATE … RETURNING per row on one connection.

`python -m benchmarks.stator.stator_rows`
"""

import os
import time

import psycopg

from benchmarks.support.engine import compare, engine, fill, with_database

ROWS = 10_000

_STEP = """UPDATE stator_tests_parcel SET state = 'received', state_changed_at = now(), state_due_at = NULL, state_attempts = 0,
    state_error = NULL
    WHERE id = (SELECT id FROM stator_tests_parcel WHERE state = 'sent' AND state_due_at <= now()
        ORDER BY state_due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id"""


async def _plain() -> float:
    await fill(ROWS, "sent")
    url = os.environ["DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        start = time.perf_counter()
        while await (await connection.execute(_STEP)).fetchone():
            pass
        return time.perf_counter() - start


async def _ours() -> float:
    await fill(ROWS, "sent")
    return await engine(ROWS, "received")


async def _main() -> None:
    from core.db import own_connection
    from tests.stator.app import handlers  # noqa: F401 - hangs the handlers on their states

    async with own_connection():
        await compare("per-row transitions", ROWS, _ours, _plain, 2)


if __name__ == "__main__":
    with_database(_main)
