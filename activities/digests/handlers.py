"""The periodic job that sends digests."""

from datetime import timedelta

from activities.digests.services import send_due
from stator import every

_BATCH = 50


@every(timedelta(minutes=10), name="activities.digests")
async def send_digests() -> None:
    """Queue the mails of all digests that are due, in batches."""
    while await send_due(_BATCH) == _BATCH:
        pass
