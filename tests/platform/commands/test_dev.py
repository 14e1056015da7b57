"""`make dev` in a fresh clone serves a made-up world, and starts again when a file of the program changes."""

import asyncio
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from takahe.sources import Sources
from tests.platform.commands.test_command import takahe
from tests.support import postgres
from tests.support.servers import ROOT, free_port
from tests.support.waiting import wait_until

_NOT_CLONED = shutil.ignore_patterns(
    ".*", "data", "tests", "docs", "benchmarks"
)  # what is compiled is: five seconds less


def test_files_that_are_written_added_and_removed_are_seen(tmp_path: Path) -> None:
    (tmp_path / "web/posts").mkdir(parents=True)
    page = tmp_path / "web/posts/page.py"
    page.write_text("1")
    sources = Sources(tmp_path)
    assert sources.changed() == []
    os.utime(page, ns=(1, 1))
    assert sources.changed() == ["web/posts/page.py"]
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/new.html").touch()
    page.unlink()
    assert sources.changed() == ["templates/new.html", "web/posts/page.py"]
    (tmp_path / "web/.page.py.swp").touch()
    (tmp_path / "web/__pycache__").mkdir()
    (tmp_path / "web/__pycache__/page.py").touch()
    assert sources.changed() == []


@pytest.mark.slow
@pytest.mark.anyio
async def test_an_admin_with_a_known_password_is_not_made_where_others_can_reach(tmp_path: Path) -> None:
    done = await takahe("serve", "--dev", "--bind", "0.0.0.0", TAKAHE_DATA_DIR=str(tmp_path / "data"))
    assert done.code == 3
    assert "password that everybody knows" in done.err
    assert not (tmp_path / "data").exists()


@pytest.mark.anyio
@pytest.mark.servers
@pytest.mark.slow
async def test_make_dev_serves_a_made_up_world_and_follows_the_code(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(ROOT, clone, ignore=_NOT_CLONED)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    port, log = free_port(), tmp_path / "log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TAKAHE_", "PYTEST_"))}
    # the virtual environment is another folder's: its packages are used, and the code is the clone's
    url = postgres.create_database()
    env = kept | {"DATABASE_URL": url, "SECRET_KEY": "", "PORT": str(port), "PYTHONPATH": str(clone)}
    installed = ("-o", ".venv/.installed", "-o", ".venv/.installed-dev")
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            "make", *installed, "dev", cwd=clone, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )  # fmt: skip

    def said(words: str) -> int:
        return log.read_text().count(words)

    try:
        await wait_until(lambda: said("password: ") or process.returncode is not None, 240)
        assert said("Ready at"), log.read_text()
        async with httpx.AsyncClient(base_url=f"http://localhost:{port}", timeout=30) as client:
            assert (await client.get("/@bo")).status_code == 200
            public = (await client.get("/api/v1/timelines/public?limit=40")).json()
            assert len(public) == 40
            lost = (await client.get("/@nobody")).text
            assert "Traceback" in lost
            assert "SELECT" in lost
            assert "Where the time went" in (await client.get("/@bo?profile")).text

            async def shows(words: str) -> bool:
                try:
                    return words in (await client.get("/nowhere")).text
                except httpx.TransportError:
                    return False

            page = clone / "templates/error.html"
            page.write_text(page.read_text().replace("<h1>", "<h1>A changed page: ", 1))
            await wait_until(lambda: shows("A changed page: "), 60)
            assert said("templates/error.html changed. Starting again")

            module = clone / "core/error_messages.py"
            assert "It doesn't exist, or" in module.read_text()
            module.write_text(module.read_text().replace("It doesn't exist, or", "Nothing of this name, or"))
            await wait_until(lambda: shows("Nothing of this name"), 60)
        assert not said("process stopped")  # a start that was asked for isn't reported as a failure
        assert said("Making 12 people") == 1
        assert (clone / "data/dev/secret_key").exists()
    finally:
        process.terminate()  # make passes it on and waits
        await process.wait()
        postgres.drop_database(urlsplit(url).path.lstrip("/"))
    with pytest.raises(httpx.ConnectError):
        await ask_once(port)


async def ask_once(port: int) -> None:
    async with httpx.AsyncClient() as client:
        await client.get(f"http://localhost:{port}/")
