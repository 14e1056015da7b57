"""The jobs that look for troubles of the machine, and of the backups that the server makes by itself."""

from datetime import timedelta

from core.backups.plan import RunState
from core.backups.standing import standing
from core.config import config
from core.media import disk
from stator import every
from users.troubles.models import BACKUP, DISK_FULL
from users.troubles.services import end_trouble, note_trouble


@every(timedelta(seconds=10), name="users.disk_space")
async def look_at_the_disks() -> None:
    """Keep whether the disk of this machine is full."""
    if not disk.is_full():
        await end_trouble(DISK_FULL)
        return
    fullest = max(disk.disks(), key=lambda one: one.used_percent)
    await note_trouble(
        DISK_FULL,
        folder=str(fullest.folder),
        percent=int(fullest.used_percent),
        free_mb=fullest.free // 1_000_000,
        limit=config().disk_full_percent,
    )


@every(timedelta(seconds=10), name="users.backups")
async def look_at_the_backups() -> None:
    """Keep whether the last backup failed, lacks something or is too old."""
    known, error = await standing(), ""
    # one that was stopped with the server is made up for within a minute
    if known.last is not None and known.last.state != RunState.stopped:
        error = known.last.error
    if known.is_on and (error or known.is_late):
        await note_trouble(BACKUP, error=error, age_s=int(known.age_s))
    else:
        await end_trouble(BACKUP)
