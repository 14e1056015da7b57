"""File storage. Writing, listing and deleting may be slow, so only child processes do it; the server only needs paths.

Copies of remote files are the exception (core/media/incoming.py): they go to the page cache in chunks as they arrive, without waiting for
the disk, because they can be fetched again.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.media.names import is_stored_name, new_name

_PIECE = 1024 * 1024
_WORK = ".work"
# Private posts' media is protected by unguessable names, so other users of the machine must not list them. The group is for a proxy that
# serves the folder.
_FOLDER_MODE, _FILE_MODE = 0o750, 0o640


class LocalFolder:
    """A local folder, or one shared by all machines of the server, with 1,024 subfolders by the first two letters."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def close(self) -> None:
        """Create the folder, inaccessible to other users of the machine (older versions left it open)."""
        self.root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        mode = self.root.stat().st_mode
        if mode & 0o007:
            with suppress(PermissionError):  # another user owns it and decides
                self.root.chmod(mode & 0o770)

    def path(self, name: str) -> Path:
        """Return the path for opening the file, whether or not it exists."""
        if not is_stored_name(name):
            raise ValueError(f"not the name of a stored file: {name!r}")
        return self.root / name[:2] / name

    def put(self, content: bytes | Path, ending: str) -> str:
        """Store the content durably (it survives a power failure) and return its name. A file given as path is moved."""
        source = self._written(content) if isinstance(content, bytes) else content
        with source.open("rb") as file:
            name = new_name(hashlib.file_digest(file, "sha256").hexdigest(), ending)
            os.fsync(file.fileno())
        is_new = self.adopt(source, name)
        if is_new:
            _sync_folder(self.root)
        _sync_folder(self.path(name).parent)
        return name

    def adopt(self, source: Path, name: str) -> bool:
        """Move a file to its place, without waiting for the disk. Return whether its folder is new."""
        target = self.path(name)
        is_new = not target.parent.is_dir()
        if is_new:
            self.close()
            target.parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        source.chmod(_FILE_MODE)
        source.rename(target)
        return is_new

    def work_file(self, ending: str) -> Path:
        """Return a path for a new file, on the same disk."""
        folder = self.root / _WORK
        self.close()
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        return folder / f"{secrets.token_hex(12)}.{ending}"

    def _written(self, content: bytes) -> Path:
        path = self.work_file("part")
        path.write_bytes(content)
        return path

    def copy_open_file(self, descriptor: int) -> Path:
        """Return a copy of an open file, about to be put."""
        path = self.work_file("part")
        with path.open("wb") as file:
            at = 0
            while piece := os.pread(descriptor, _PIECE, at):
                at += len(piece)
                file.write(piece)
        return path

    def remove(self, names: Iterable[str]) -> None:
        """Delete files; those that don't exist are ignored."""
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def names_after(self, after: str, limit: int, *, older_than_s: float) -> list[str]:
        """Return the next names after that one, in order, of files that are not very recent."""
        before, found = time.time() - older_than_s, []
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else []:
            if len(folder.name) != 2 or folder.name < after[:2]:
                continue
            names = sorted(
                path.name for path in folder.iterdir() if path.name > after and is_stored_name(path.name)
            )
            for name in names:
                if (folder / name).stat().st_mtime < before:
                    found.append(name)
                if len(found) == limit:
                    return found
        return found

    def measured(self) -> tuple[int, int]:
        """Return the number of stored files and their bytes."""
        folders = [one for one in self.root.iterdir() if len(one.name) == 2] if self.root.is_dir() else []
        sizes = [
            path.stat().st_size
            for folder in folders
            for path in folder.iterdir()
            if is_stored_name(path.name)
        ]
        return len(sizes), sum(sizes)

    def remove_left_work(self, older_than_s: float) -> None:
        """Delete incomplete files of killed processes."""
        before = time.time() - older_than_s
        for path in (self.root / _WORK).iterdir() if (self.root / _WORK).is_dir() else ():
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
