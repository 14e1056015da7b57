"""Periodic jobs that delete the oldest entries of home timelines, and fill those of imported domains."""

from datetime import timedelta

from activities.timelines.models import MAX_KEPT
from activities.timelines.services import rebuild_some
from core.db.newest import keep_newest
from stator import every


@every(timedelta(hours=1), name="trim_homes")
async def trim_home_timelines() -> int:
    """Delete all but the newest entries of every home timeline; return how many were removed. Served by the primary key."""
    return await keep_newest("activities_homeentry", "post_id", MAX_KEPT)


@every(timedelta(minutes=1), name="rebuild_homes")
async def rebuild_homes() -> int:
    """Fill home timelines of imported domains; return how many. The next run goes on where a killed one stopped."""
    return await rebuild_some()
