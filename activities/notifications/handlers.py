"""A periodic job that deletes each identity's oldest notifications."""

from datetime import timedelta

from activities.notifications.models import MAX_KEPT
from core.db.newest import keep_newest
from stator import every


@every(timedelta(hours=1), name="trim_notifications")
async def delete_old_notifications() -> int:
    """Delete all but each identity's newest notifications; return how many were removed. Served by notification_identity."""
    return await keep_newest("activities_notification", "id", MAX_KEPT)
