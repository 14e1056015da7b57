"""Removing rows of the two tables of limits, which have the same columns: `key`, `ends_at`, `used`."""

from core import clock
from core.db import sql


async def remove_ended(table: str, *, most_rows: int, at_once: int) -> int:
    """Remove windows that have ended, and the least used beyond `most_rows`, up to `at_once` of each; return how many.

    Served by the table's index on `ends_at`; the excess is sorted, which happens only if the table is being flooded.
    """
    removed = await sql.run(
        f"""
        DELETE FROM {table} WHERE key IN (
            SELECT key FROM {table} WHERE ends_at <= %s ORDER BY ends_at LIMIT %s FOR UPDATE SKIP LOCKED)
        """,
        [clock.now(), at_once],
    )
    return removed + await sql.run(
        f"DELETE FROM {table} WHERE key IN (SELECT key FROM {table} ORDER BY used DESC, ends_at DESC OFFSET %s LIMIT %s)",
        [most_rows, at_once],
    )
