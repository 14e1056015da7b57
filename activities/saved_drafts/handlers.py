"""Removal of abandoned drafts."""

from datetime import timedelta

from core.db import sql
from stator import every

_KEPT_DAYS = 90
_MAX_COUNT = 1000  # per run


@every(timedelta(hours=6), name="remove_old_drafts")
async def remove_old_drafts() -> int:
    """Delete drafts that were not saved for 90 days. Served by activities_draft_saved."""
    return await sql.run(
        """DELETE FROM activities_saveddraft WHERE id = ANY(ARRAY(
               SELECT id FROM activities_saveddraft WHERE saved_at < now() - make_interval(days => %(days)s)
               ORDER BY saved_at LIMIT %(most)s))""",
        {"days": _KEPT_DAYS, "most": _MAX_COUNT},
    )
