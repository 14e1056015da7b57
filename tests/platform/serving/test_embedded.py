"""The embedded database survives kills, is shared, and ends with its owner."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from core import embedded
from core.config import config
from core.embedded import programs as embedded_programs
from core.embedded import server as embedded_server
from tests.support.postgres import session_folder
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FAST = {"fsync": "off"}


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchone()[0] if cursor.description else None  # type: ignore[index]


def test_data_survives_a_kill_and_a_restart(tmp_path: Path) -> None:
    server = embedded.start(tmp_path, settings=FAST)
    try:
        ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server.pid, signal.SIGKILL)
        assert server.process is not None
        server.process.wait()
        assert not server.is_running()
        server = embedded.start(tmp_path, settings=FAST)
        assert ask(server.url, "SELECT answer FROM kept") == 42
        server.stop()
        server = embedded.start(tmp_path, settings=FAST)
        assert ask(server.url, "SELECT answer FROM kept") == 42
    finally:
        server.stop()
    assert embedded.running(tmp_path) is None


def test_a_second_caller_shares_it_and_leaves_it_running(tmp_path: Path) -> None:
    owner = embedded.start(tmp_path, settings=FAST)
    try:
        guest = embedded.start(tmp_path)
        assert (guest.url, guest.process) == (owner.url, None)
        guest.stop()
        assert ask(owner.url, "SELECT 1") == 1
    finally:
        owner.stop()


async def test_embedded_postgres_ends_with_its_owner(tmp_path: Path) -> None:
    """A killed supervisor leaves no database behind that nobody watches."""
    code = "import os, pathlib, sys; from core import embedded; embedded.start(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=False)
    await wait_until(lambda: embedded.running(tmp_path) is None, 10)


def test_a_start_waits_for_the_end_of_a_server_whose_owner_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was shared, a moment before it stopped, and the new server found no database."""
    code = "import os, pathlib, sys; from core import embedded; print(embedded.start(pathlib.Path(sys.argv[1])).pid); os.kill(os.getpid(), 9)"
    root = Path(__file__).resolve().parents[3]
    owner = subprocess.Popen(
        [sys.executable, "-u", "-c", code.replace("os.kill", "sys.stdin.read(); os.kill"), str(tmp_path)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout
    old = int(owner.stdout.readline())
    os.kill(old, signal.SIGSTOP)  # slow to stop, as after much work
    owner.communicate()
    sleep = embedded_server.time.sleep

    def waking_sleep(seconds: float) -> None:
        with suppress(ProcessLookupError):
            os.kill(old, signal.SIGCONT)
        sleep(seconds)

    monkeypatch.setattr(embedded_server.time, "sleep", waking_sleep)
    try:
        server = embedded.start(tmp_path, settings=FAST)
    finally:
        monkeypatch.undo()
        with suppress(ProcessLookupError):
            os.kill(old, signal.SIGCONT)
    try:
        assert server.process is not None
        assert server.pid != old
        assert ask(server.url, "SELECT 1") == 1
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else to run Postgres")
def test_root_may_keep_the_program_in_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone in /root: initdb asks access(2) about its own files, which forgets the capability of who changed its user."""
    installed = embedded.binaries().parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / name, tmp_path / name, symlinks=True)
    tmp_path.chmod(0o700)
    programs = tmp_path / "embedded_postgres/pginstall/bin"
    monkeypatch.setattr(embedded_programs, "binaries", lambda: programs)
    server = embedded.start(tmp_path / "data", settings=FAST)
    try:
        assert ask(server.url, "SELECT 1") == 1
        assert Path(f"/proc/{server.pid}/exe").readlink() == programs / "postgres"
    finally:
        server.stop()


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become somebody else; others are somebody else already"
)
def test_embedded_postgres_runs_for_an_unprivileged_user(tmp_path: Path) -> None:
    """Made, killed, recovered and stopped as an ordinary user, who here only may pass through root's folders to reach Python."""
    code = """if True:
        import os, pathlib, signal, sys, psycopg
        from core import embedded
        folder = pathlib.Path(sys.argv[1])
        assert os.geteuid() == 65534
        server = embedded.start(folder, settings={"fsync": "off"})
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        server = embedded.start(folder, settings={"fsync": "off"})
        with psycopg.connect(server.url) as connection:
            print(connection.execute("SELECT answer FROM kept").fetchone()[0], os.stat(folder / "postgres").st_uid)
        server.stop()
        assert embedded.running(folder) is None
    """
    os.chown(tmp_path, 65534, 65534)
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    command += [
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--securebits=+no_setuid_fixup",  # or access(2), which initdb asks, does not know of the capability
        sys.executable,
        "-c",
        code,
        str(tmp_path),
    ]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["42", "65534"]), done.stderr


def test_a_long_path_with_odd_letters_works(tmp_path: Path) -> None:
    folder = tmp_path / "a b%c" / ("é" * 60)
    server = embedded.start(folder, settings=FAST)
    try:
        assert ask(server.url, "SELECT lower('É')") == "é"
    finally:
        server.stop()


def test_a_stale_pid_file_of_another_process_does_not_matter(tmp_path: Path) -> None:
    server = embedded.start(tmp_path, settings=FAST)
    lines = (tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()
    server.stop()
    (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    server = embedded.start(tmp_path, settings=FAST)
    try:
        assert ask(server.url, "SELECT 1") == 1
    finally:
        server.stop()


def test_data_of_another_version_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.EmbeddedError, match="was written by PostgreSQL 12"):
        embedded.start(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]


def test_an_unfinished_beginning_is_begun_again(tmp_path: Path) -> None:
    """Killed inside initdb: the half folder has another name and is thrown away."""
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    server = embedded.start(tmp_path, settings=FAST)
    try:
        assert ask(server.url, "SELECT 1") == 1
    finally:
        server.stop()


def test_the_tests_themselves_use_a_database_of_their_own() -> None:
    assert str(session_folder()) in config().database_url
