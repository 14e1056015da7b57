"""A periodic job that ends the waiting of posts that nobody accepted."""

from datetime import timedelta

from activities.publishing.services.sheltering import delete_ended
from activities.shelter.queries.quarantine import ended
from core import clock
from stator import every

_WAIT_FOR = timedelta(days=30)
_BATCH = 50


@every(timedelta(hours=1), name="end_quarantine")
async def end_quarantine() -> int:
    """Delete up to 2,500 posts of new people that have been held for 30 days; return how many."""
    count = 0
    for _ in range(50):
        ids = await ended(clock.now() - _WAIT_FOR, most=_BATCH)
        await delete_ended(ids)
        count += len(ids)
        if len(ids) < _BATCH:
            break
    return count
