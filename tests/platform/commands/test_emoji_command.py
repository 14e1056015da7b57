"""`takahe emoji` on a database and a media folder of its own."""

import zipfile
from pathlib import Path

import pytest

from takahe.cli.exits import Exit
from tests.platform.commands.test_command import own_database as own_database
from tests.support.forks import loaded_takahe
from tests.users.emojis import pictures
from tests.users.emojis.archives import zipped

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_emoji_are_added_imported_listed_and_exported(own_database: str, tmp_path: Path) -> None:
    env = {"DATABASE_URL": own_database, "TAKAHE_MEDIA_DIR": str(tmp_path / "media")}
    (tmp_path / "red.png").write_bytes(pictures.still())
    (tmp_path / "pack.zip").write_bytes(
        zipped({"B/blue.png": pictures.still(), "bad.png": b"x", "red.png": b"x"})
    )
    async with loaded_takahe(**env) as takahe:
        added = await takahe("emoji", "add", str(tmp_path / "red.png"), "--category", "A")
        assert (added.code, added.out) == (0, "red\n"), added.err
        tried = await takahe("emoji", "import", str(tmp_path / "pack.zip"), "--dry-run")
        assert (tried.code, tried.out.splitlines()[0]) == (0, "blue\tgood"), tried.err
        taken = await takahe("emoji", "import", str(tmp_path / "pack.zip"))
        assert (taken.code, taken.out.splitlines()[-1]) == (0, "1 added, 0 replaced"), taken.err
        listed = await takahe("emoji", "list")
        assert [line.split() for line in listed.out.splitlines()[1:]] == [
            ["red", "A", "all", "domains", "enabled"],
            ["blue", "B", "all", "domains", "enabled"],
        ]
        given = await takahe("emoji", "export", str(tmp_path / "all.zip"))
        assert given.code == 0, given.err
        with zipfile.ZipFile(tmp_path / "all.zip") as archive:
            assert {"red.png", "blue.png"} < set(archive.namelist())
        missing = await takahe("emoji", "add", str(tmp_path / "none.png"))
        assert (missing.code, "can't be read" in missing.err) == (Exit.FAILED, True)
