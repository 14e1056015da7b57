"""Deletion of many rows in batches, so that no transaction grows with the number of rows."""

from collections.abc import Mapping
from typing import Any

from core.db import sql

BATCH_SIZE = 1000


async def delete_batch(table: str, condition: str, params: Mapping[str, Any]) -> bool:
    """Delete up to BATCH_SIZE rows of `table` that meet `condition`, which an index must serve; return whether there may be more.

    By ctid, so that it works for any table. A concurrently changed row is left for the next batch.
    """
    deleted = await sql.run(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {condition} LIMIT %(piece)s))",
        {**params, "piece": BATCH_SIZE},
    )
    return deleted == BATCH_SIZE
