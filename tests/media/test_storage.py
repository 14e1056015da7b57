"""Kept files are closed to other users of the machine; their names protect private posts' pictures."""

import os
from pathlib import Path

import pytest

from core.media.storage import LocalFolder


@pytest.fixture(autouse=True)
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_other_users_of_the_machine_can_neither_list_nor_read_uploads(tmp_path: Path) -> None:
    storage = LocalFolder(tmp_path / "media")
    storage.put(b"a picture", "png")
    modes = [path.stat().st_mode & 0o777 for path in (storage.root, *storage.root.rglob("*"))]
    assert len(modes) == 4
    assert [mode for mode in modes if mode & 0o007] == []


def test_a_folder_that_an_older_version_left_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir(mode=0o755)
    LocalFolder(tmp_path / "media").put(b"a picture", "png")
    assert (tmp_path / "media").stat().st_mode & 0o777 == 0o750
