"""A periodic job that deletes the oldest entries of home timelines."""

from datetime import timedelta

from activities.timelines.models import MAX_KEPT
from core.db.newest import keep_newest
from stator import every


@every(timedelta(hours=1), name="trim_homes")
async def trim_home_timelines() -> int:
    """Delete all but the newest entries of every home timeline; return how many were removed. Served by the primary key."""
    return await keep_newest("activities_homeentry", "post_id", MAX_KEPT)
