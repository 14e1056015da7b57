"""The job that looks for troubles of the machine."""

from datetime import timedelta

from core.config import config
from core.media import disk
from stator import every
from users.troubles.models import DISK_FULL
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
