"""Files that have their name only once they are whole and on the disk: whoever is killed leaves a `.NAME.part`, which the next one replaces."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from core.errors import BadInput

MODE = 0o600


class PartFile:
    """A new file that is being written. Only its owner can read it: these files contain private keys."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises BadInput if another process is writing it."""
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self.file = _take(self._part)
        self._is_finished = False

    def finish(self) -> None:
        """Give the file its name once it is on the disk. Raises OSError, when the disk is full among others."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self._part.rename(self._path)
        self._is_finished = True
        sync_folder(self._path.parent)

    def give_up(self) -> None:
        """Remove what was written. Does nothing to a finished file."""
        if not self._is_finished:
            self._part.unlink(missing_ok=True)
        with suppress(OSError):  # it writes the rest of its buffer, for which a full disk has no room
            self.file.close()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(part: Path) -> IO[bytes]:
    """Open the file that is being written, empty. Raises BadInput if another process writes it."""
    file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, MODE), "w+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = part.exists() and part.stat().st_ino == os.fstat(file.fileno()).st_ino
    except BlockingIOError:
        is_ours = False
    if not is_ours:  # or it got its name meanwhile
        file.close()
        raise BadInput(f"Another backup or export is being written to {part.parent}.")
    os.ftruncate(file.fileno(), 0)  # of a killed one
    return file
