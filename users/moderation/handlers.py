"""Work of moderation in the worker: erasing identities that stay suspended."""

from datetime import timedelta

from stator import every
from users.moderation.services.erasing import erase_overdue


@every(timedelta(hours=1), name="users.overdue_suspensions")
async def erase_suspended() -> int:
    """Erase identities that have been suspended for 30 days, 50 an hour at most."""
    return await erase_overdue()
