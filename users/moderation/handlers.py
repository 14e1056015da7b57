"""Moderation work of the worker: erasing identities that stay suspended."""

from datetime import timedelta

from stator import every
from users.moderation.services.erasing import erase_overdue


@every(timedelta(hours=1), name="users.overdue_suspensions")
async def erase_suspended() -> int:
    """Erase identities that have been suspended for 30 days, at most 50 an hour."""
    return await erase_overdue()
