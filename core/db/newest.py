"""Keeping only the newest rows of each identity in a table, set-based and in batches."""

from core.db import sql

OWNERS_PER_BATCH = 500  # owners per statement
BATCH_SIZE = 5000  # rows deleted per statement


# skips from owner to owner in the index: its cost depends on the number of owners, not of rows
def _owners(table: str) -> str:
    return f"""
    WITH RECURSIVE owner (id) AS (
        (SELECT identity_id FROM {table} WHERE identity_id > %(after)s ORDER BY identity_id LIMIT 1)
        UNION ALL
        SELECT (SELECT e.identity_id FROM {table} e WHERE e.identity_id > owner.id ORDER BY e.identity_id LIMIT 1)
        FROM owner WHERE owner.id IS NOT NULL)
    SELECT id FROM owner WHERE id IS NOT NULL LIMIT %(owners)s"""


# OFFSET 0: otherwise the sub-select for the oldest entry to keep is pulled up and computed once per entry
def _trim(table: str, rank: str) -> str:
    return f"""
    DELETE FROM {table} WHERE ctid = ANY(ARRAY(
        SELECT e.ctid FROM (
            SELECT w.id, (SELECT k.{rank} FROM {table} k WHERE k.identity_id = w.id
                          ORDER BY k.{rank} DESC OFFSET %(kept)s LIMIT 1) AS newest
            FROM unnest(%(owners)s::bigint[]) AS w (id) OFFSET 0) o
        CROSS JOIN LATERAL (SELECT x.ctid FROM {table} x WHERE x.identity_id = o.id AND x.{rank} <= o.newest
                            ORDER BY x.{rank} DESC LIMIT %(piece)s) e
        LIMIT %(piece)s))"""


async def keep_newest(table: str, rank: str, kept: int) -> int:
    """Remove all but the `kept` newest rows of each identity, in batches; each batch is a transaction of its own."""
    removed, after = 0, 0
    find, trim = _owners(table), _trim(table, rank)
    while owners := await sql.column(find, {"after": after, "owners": OWNERS_PER_BATCH}):
        piece = BATCH_SIZE
        while piece == BATCH_SIZE:
            piece = await sql.run(trim, {"owners": owners, "kept": kept, "piece": BATCH_SIZE})
            removed += piece
        after = owners[-1]
    return removed
