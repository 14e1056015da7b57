"""Copies of remote files while they are fetched: written in chunks, read by others at the same time.

A chunk goes to the page cache (some 20 µs for 64 KB). Nothing waits for the disk: a copy truncated by a power failure no longer has the
size in the database, and is fetched again.
"""

import hashlib
import os

from core.media.locations import storage
from core.media.names import new_name


class IncomingFile:
    """A file under a temporary name, until `keep` gives it its final one. Files of killed processes are swept."""

    def __init__(self) -> None:
        """Open it. Raises OSError."""
        self._path = storage().work_file("part")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        self.descriptor = os.open(self._path, flags, 0o600)
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Append a piece. Raises OSError, when the disk is full among others."""
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]
        self._hash.update(piece)
        self.size += len(piece)

    def keep(self, ending: str) -> str:
        """Store the file and return its name. Raises OSError."""
        name = new_name(self._hash.hexdigest(), ending)
        storage().adopt(self._path, name)
        return name

    @property
    def sha256(self) -> str:
        """The hash of what was written so far, in hexadecimal: computed piece by piece."""
        return self._hash.hexdigest()

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close it; those who read it have descriptors of their own."""
        os.close(self.descriptor)
