"""A full disk: what is written to it ends with a sentence, and leaves no half file."""

import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from tests.support.machine.disks import fill, small_disk
from tests.support.servers import CommandFailed, Server, running_server

pytestmark = [pytest.mark.anyio, pytest.mark.servers, pytest.mark.slow]


def _noise() -> bytes:
    """Return a picture that can't be compressed."""
    made = io.BytesIO()
    Image.frombytes("RGB", (400, 400), os.urandom(480_000)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture(scope="module")
async def server(anyio_backend: object) -> AsyncIterator[Server]:
    """A server with a picture that has no room on a full disk."""
    async with running_server() as server:
        await _with_a_picture(server)
        yield server


async def _with_a_picture(server: Server) -> None:
    token = await server.set_up("ana")
    async with server.client(token) as ana:
        picture = {"avatar": ("noise.png", _noise())}
        answer = await ana.patch("/api/v1/accounts/update_credentials", files=picture)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("command", [("domain", "export"), ("backup",)], ids=" ".join)
@pytest.mark.parametrize("passphrase", ["", "correct horse"], ids=["in the clear", "encrypted"])
async def test_a_full_disk_is_said_and_keeps_nothing(
    server: Server, tmp_path: Path, command: tuple[str, ...], passphrase: str
) -> None:
    more = (server.domain,) if "export" in command else ()
    env = {"TAKAHE_BACKUP_PASSPHRASE": passphrase}
    with small_disk(tmp_path / "disk", 1) as disk:
        filler = fill(disk, 1)
        with pytest.raises(CommandFailed, match=r"can't be written.*Nothing was kept of it") as refused:
            await server.takahe(*command, *more, str(disk / "file.zip"), env=env)
        assert "No space left" in str(refused.value)
        assert "Traceback" not in str(refused.value)
        assert list(disk.iterdir()) == [filler]
    await server.takahe(*command, *more, str(tmp_path / "file.zip"), env=env)


async def test_an_export_that_was_killed_is_no_obstacle(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".file.tar.part").write_bytes(b"half")
    await server.takahe("domain", "export", server.domain, str(tmp_path / "file.tar"))
    assert [one.name for one in tmp_path.iterdir()] == ["file.tar"]
    with pytest.raises(CommandFailed, match="exists already"):
        await server.takahe("domain", "export", server.domain, str(tmp_path / "file.tar"))


async def test_an_import_on_a_full_disk_is_said_and_goes_on_later(tmp_path: Path) -> None:
    """The domain is there completely or not at all, and what was stored before is found by the next attempt."""
    file = tmp_path / "file.tar"
    async with running_server("old.test") as old:
        await _with_a_picture(old)
        await old.takahe("domain", "export", old.domain, str(file))
    async with running_server("new.test") as new:
        with small_disk(tmp_path / "disk", 1) as disk:
            media = {"TAKAHE_MEDIA_DIR": str(disk / "media")}
            filler = fill(disk, 1)
            for _ in range(2):
                with pytest.raises(
                    CommandFailed, match=r"can't be stored: No space left.*run it again"
                ) as refused:
                    await new.takahe("domain", "import", str(file), env=media)
                assert "Traceback" not in str(refused.value)
                assert "old.test" not in await new.takahe("domain", "list")
            assert not list(disk.rglob("*.part")), "half a file was kept"
            filler.unlink()
            told = await new.takahe("domain", "import", str(file), env=media)
            assert "is here, paused: 1 people" in told
            assert "old.test" in await new.takahe("domain", "list")
