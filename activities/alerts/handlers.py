"""The periodic job that sends mails about notifications."""

from datetime import timedelta

from activities.alerts.services import send_due
from stator import every

_BATCH = 100


@every(timedelta(minutes=1), name="activities.alerts")
async def send_alerts() -> None:
    """Queue the mails about new notifications, in batches."""
    while await send_due(_BATCH) == _BATCH:
        pass
