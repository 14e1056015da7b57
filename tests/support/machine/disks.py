"""A small disk of its own for a test, to be filled. Requires permission to mount (root)."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int, *, owner: int = 0) -> Iterator[Path]:
    """Mount a disk of this size in memory at `folder`; `owner` is the user id of who writes there."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,uid={owner}", "takahe-test", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, megabytes: int) -> Path:
    """Put a file of this size on the disk, and return it."""
    filler = disk / "filler"
    filler.write_bytes(bytes(megabytes * 1_000_000))
    return filler
