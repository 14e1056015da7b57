"""The source files of a running server, watched by `takahe serve --dev`."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_FOLDERS = (
    "core", "stator", "federation", "users", "activities", "api", "web", "takahe", "templates", "static",
)  # fmt: skip
_SUFFIXES = (".py", ".html", ".txt", ".css", ".js", ".svg")


class Sources:
    """Remembers the modification time of each file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen = self._times()

    def changed(self) -> list[str]:
        """Return the files that were written, added or removed since the last call."""
        now = self._times()
        before, self._seen = self._seen, now
        return sorted({os.path.relpath(path, self._root) for path, _ in now.items() ^ before.items()})

    def _times(self) -> dict[str, int]:
        return {path: time for folder in _FOLDERS for path, time in _files(os.path.join(self._root, folder))}


def _files(folder: str) -> Iterator[tuple[str, int]]:
    """Yield path and modification time of the program's files below a folder.

    A file deleted in the meantime is skipped: editors write to a temporary name first.
    """
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        yield from _files(entry.path)
                elif entry.name.endswith(_SUFFIXES):
                    with suppress(FileNotFoundError):  # an editor's temporary name, already deleted
                        yield entry.path, entry.stat().st_mtime_ns
    except FileNotFoundError:  # removed while it was read: a change, which the next check sees
        return
