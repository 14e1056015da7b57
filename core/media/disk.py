"""Use of the disks that hold files of this server: the uploads and copies, and the data folder with the embedded database.

Each process looks at them at most every three seconds. A server is *full* from TAKAHE_DISK_FULL_PERCENT on, and no longer so once it is a point
below that, so that it doesn't change its mind all the time. Copies of other servers' media go two points before: the budget of copies shrinks
to what is left (federation/media/eviction.py), so that they are gone before anything else has to wait.
"""

import os
import time
from pathlib import Path
from typing import NamedTuple

from core.config import config
from core.errors import Unavailable
from core.media.locations import media_root
from core.metrics.exposition import Family, Sample
from core.server_state import PerServer

_LOOKED_AT_EVERY_S = 3.0
_EASE, _COPIES_EASE = 1, 2  # percentage points below the limit


class DiskFull(Unavailable):
    """A refusal of something that takes space."""

    retry_after_s = 600


class Disk(NamedTuple):
    """A file system with files of ours. `total` and `free` are bytes that this process may use, as `df` counts them."""

    folder: Path
    total: int
    free: int

    @property
    def used_percent(self) -> float:
        return 100.0 * (1 - self.free / self.total) if self.total else 0.0

    def excess(self, percent: int) -> int:
        """Return the bytes that are used above this percentage."""
        return max(0, self.total * (100 - percent) // 100 - self.free)


class _Look:
    def __init__(self) -> None:
        self.disks: tuple[Disk, ...] = ()
        self.is_full = False
        self.until = 0.0


_look: PerServer[_Look] = PerServer(_Look)


def disks() -> tuple[Disk, ...]:
    """Return the disks that hold files of this server; each once, that of the media first."""
    return _current().disks


def families() -> list[Family]:
    """Return the size and the free space of each disk as metrics."""
    meanings = {"total": "The size of the disk.", "free": "What is free of it."}
    return [
        Family(
            f"takahe_disk_{name}_bytes",
            "gauge",
            meaning,
            [Sample(getattr(disk, name), {"folder": str(disk.folder)}) for disk in disks()],
        )
        for name, meaning in meanings.items()
    ]


def is_full() -> bool:
    """Return whether what other servers send has to wait."""
    return _current().is_full


def refuse_if_full() -> None:
    """Raise DiskFull while the server is full."""
    if is_full():
        raise DiskFull(code="disk_full")


def room_for_copies(used: int) -> int | None:
    """Return how many of the bytes that the copies use may stay, or None for all."""
    limit = config().disk_full_percent
    excess = disks()[0].excess(limit - _COPIES_EASE) if limit and disks() else 0
    return max(0, used - excess) if excess else None


def _current() -> _Look:
    look = _look()
    now = time.monotonic()
    if now >= look.until:
        look.until = now + _LOOKED_AT_EVERY_S
        look.disks = tuple(_found(media_root(), config().data_dir))
        limit = config().disk_full_percent
        most = max((disk.used_percent for disk in look.disks), default=0.0)
        look.is_full = bool(limit) and most >= (limit - _EASE if look.is_full else limit)
    return look


def _found(*folders: Path) -> list[Disk]:
    found: dict[int, Disk] = {}
    for folder in folders:
        try:
            device, stat = folder.stat().st_dev, os.statvfs(folder)
        except OSError:  # not there yet, or not any more
            continue
        used = stat.f_blocks - stat.f_bfree
        found.setdefault(
            device, Disk(folder, (used + stat.f_bavail) * stat.f_frsize, stat.f_bavail * stat.f_frsize)
        )
    return list(found.values())
