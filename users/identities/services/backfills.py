"""Backfills by the worker: new tables are filled from old rows in batches, newest first, and resumed where they stopped."""

from collections.abc import Awaitable, Callable

from core.db import async_atomic
from users.identities.models import Backfill

BATCH_SIZE = 500
_BATCHES_PER_RUN = 200  # per run
_NEWEST = 2**63 - 1


async def continue_backfill(name: str, fill: Callable[[int, int], Awaitable[int | None]]) -> bool:
    """Fill a bounded number of batches, each a transaction that also records the progress; return whether everything is done.

    `fill(before, limit)` fills from up to `limit` rows with lower ids and returns the last id, or None at the end. A new `name` starts
    over.
    """
    row, _ = await Backfill.objects.aget_or_create(name=name, defaults={"done_from": _NEWEST})
    for _ in range(_BATCHES_PER_RUN):
        if row.done_from == 0:
            return True
        async with async_atomic():
            row.done_from = await fill(row.done_from, BATCH_SIZE) or 0
            await row.asave(update_fields=["done_from"])
    return False
