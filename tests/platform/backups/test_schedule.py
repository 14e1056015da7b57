"""The server backs itself up: on time, one at a time, and through kills, shutdowns and full disks."""

import asyncio
import datetime as dt
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from core.backups.plan import Run, next_at
from core.config.schedules import Schedule, schedule
from tests.support.machine.disks import fill, small_disk
from tests.support.servers import ROOT, Server, running_server
from tests.support.waiting import wait_until

NOW = dt.datetime(2026, 12, 1, 12, 0, tzinfo=dt.UTC)
MORNING = NOW.replace(hour=4)


def ago(**amount: float) -> dt.datetime:
    return NOW - dt.timedelta(**amount)


def a_run(started_at: dt.datetime, state: str = "done", ended_at: dt.datetime | None = None) -> Run:
    return Run(1, started_at, ended_at or started_at, state, None, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("04:00", Schedule(86400, 14400)),
        ("0:05", Schedule(86400, 300)),
        ("6h", Schedule(21600)),
        ("2d", Schedule(172800)),
    ],
)
def test_a_schedule_is_a_time_of_day_or_an_interval(text: str, expected: Schedule) -> None:
    assert schedule(text) == expected


@pytest.mark.parametrize("text", ["", "24:00", "4", "0h", "32d", "h", "4:7", "-1h", "1.5h"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a time of day"):
        schedule(text)


@pytest.mark.parametrize(
    ("at", "last", "expected"),
    [
        ("04:00", None, NOW),
        ("04:00", a_run(MORNING), MORNING + dt.timedelta(days=1)),
        ("13:00", a_run(ago(days=1)), NOW),  # it was due in the meantime, while the server was down
        ("04:00", a_run(ago(days=9)), NOW),
        ("6h", a_run(ago(hours=2)), NOW + dt.timedelta(hours=4)),
        ("6h", a_run(ago(hours=7)), NOW),
        ("04:00", a_run(ago(minutes=70), "failed", ago(minutes=10)), NOW + dt.timedelta(minutes=50)),
        ("04:00", a_run(ago(hours=3), "stopped", ago(minutes=9)), NOW),
        ("6h", a_run(NOW + dt.timedelta(days=300)), NOW + dt.timedelta(hours=6)),  # the clock was wrong
    ],
)
def test_the_next_one_follows_from_the_last(at: str, last: Run | None, expected: dt.datetime) -> None:
    planned = next_at(schedule(at), last, NOW)
    assert max(planned, NOW) == expected


@asynccontextmanager
async def backing_up(folder: Path, every: str = "2s", **env: str) -> AsyncIterator[Server]:
    settings = {"TAKAHE_BACKUP_DIR": str(folder), "TAKAHE_BACKUP_AT": every, "TAKAHE_BACKUP_KEEP": "1,0,0"}
    async with running_server(env={**settings, **env}) as server:
        yield server


async def runs(server: Server) -> list[tuple[str, str]]:
    """State and error of each, oldest first."""
    async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as connection:
        found = await connection.execute("SELECT state, error FROM core_backuprun ORDER BY id")
        return await found.fetchall()


async def ended(server: Server, state: str, *, after: int = 0) -> list[tuple[str, str]]:
    """Wait for a run in this state among those after the first `after`; return these."""

    async def found() -> list[tuple[str, str]]:
        later = (await runs(server))[after:]
        return later if any(one == state for one, _ in later) else []

    return await wait_until(found, every_s=0.2)


def backup_of(server: Server) -> psutil.Process | None:
    for child in psutil.Process(server.worker_pid).children():
        if "backup" in child.cmdline():
            return child
    return None


@asynccontextmanager
async def held_up(server: Server, folder: Path) -> AsyncIterator[psutil.Process]:
    """A backup that waits in the middle of the rows."""
    async with (
        await psycopg.AsyncConnection.connect(server.database_url) as connection,
        await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as looking,
    ):
        await connection.execute("LOCK TABLE users_blocklist IN ACCESS EXCLUSIVE MODE")

        async def is_waiting() -> bool:
            """A file alone could be that of the one before, which ends in this moment."""
            found = await looking.execute(
                """SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                   WHERE l.relation = 'users_blocklist'::regclass AND NOT l.granted AND a.query LIKE 'COPY %'"""
            )
            return found.rowcount > 0

        await wait_until(is_waiting, every_s=0.05)
        await wait_until(
            lambda: any(part.stat().st_size > 5000 for part in folder.glob(".*.part")), every_s=0.05
        )
        process = backup_of(server)
        assert process is not None
        yield process
        await connection.rollback()


def of_the_unfinished(folder: Path) -> list[Path]:
    return list(folder.glob("**/.*.part"))


pytestmark = [pytest.mark.anyio, pytest.mark.servers]


async def test_it_is_made_on_time_and_older_ones_are_removed(tmp_path: Path) -> None:
    folder, secret = tmp_path / "store", tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n")
    async with backing_up(folder, TAKAHE_BACKUP_PASSPHRASE_FILE=str(secret)) as server:
        await server.set_up()

        async def three() -> bool:
            return len([state for state, _ in await runs(server) if state == "done"]) >= 3

        await wait_until(three)
        assert all(not error for _, error in await runs(server))
        async with server.client() as monitor:
            text = (await monitor.get("/metrics")).text
        figures = dict(line.split() for line in text.splitlines() if line.startswith("takahe_backup_"))
        assert figures["takahe_backup_success"] == "1"
        assert int(figures["takahe_backup_bytes"]) > 5000
        assert int(figures["takahe_backup_age_seconds"]) < 60
        assert "takahe_backup_seconds" in figures
        told = await server.takahe("backup", "--list")
        assert " done " in told
        assert "Next: " in told
        await server.stop()
        assert len(list(folder.glob("*.zip"))) == 1, "--keep 1,0,0"
        assert "is encrypted" in await _checked(server, folder, passphrase="")
        assert "The backup is good" in await _checked(server, folder, passphrase=secret.read_text().strip())


async def _checked(server: Server, folder: Path, *, passphrase: str) -> str:
    env = {name: text for name, text in server.env.items() if not name.startswith("TAKAHE_BACKUP")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "takahe", "restore", "--check", str(folder),
        env={**env, "TAKAHE_BACKUP_PASSPHRASE": passphrase}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return (await process.communicate())[0].decode()


async def test_the_documented_commands_run(tmp_path: Path) -> None:
    """Those of the section on backups that the server makes by itself."""
    text = (ROOT / "docs/run/backup.md").read_text().split("## Let the server do it")[1].split("\n## ")[0]
    commands = re.findall(r"^    \.venv/bin/takahe (.*)$", text, re.MULTILINE)
    commands += [words for words in re.findall(r"`takahe ([^`]*)`", text) if "FOLDER" not in words]
    assert len(commands) == 3
    async with backing_up(tmp_path / "store", every="7d") as server:
        await ended(server, "done")
        for command in commands:
            await server.takahe(*command.split())
        assert [state for state, _ in await runs(server)] == ["done", "done"]


async def test_it_is_made_up_for_after_a_stop_and_not_made_twice(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    async with backing_up(folder, every="6h") as server:
        await ended(server, "done")
        assert "No backup is due" in await server.takahe("backup", "--if-due")
        await server.stop()
        async with await psycopg.AsyncConnection.connect(server.database_url, autocommit=True) as connection:
            await connection.execute("UPDATE core_backuprun SET started_at = started_at - interval '7 hours'")
        before = len(await runs(server))
        await server.start()
        await server.wait_ready()
        await ended(server, "done", after=before)
        assert len(await runs(server)) == before + 1


async def test_a_killed_backup_is_recorded_and_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    async with backing_up(folder) as server:
        async with held_up(server, folder) as process:
            before = len(await runs(server)) - 1
            refused = await server.run("takahe", "backup", code=1)
            assert not refused
            assert "another one is being made" in await server.takahe("backup", "--if-due")
            process.kill()
            failed = await ended(server, "failed", after=before)
            assert failed[0] == ("failed", "The process ended with signal SIGKILL.")
        await ended(server, "done", after=before + 1)
        await wait_until(lambda: not of_the_unfinished(folder), every_s=0.05)


async def test_a_killed_worker_ends_its_backup_and_the_next_one_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    async with backing_up(folder) as server:
        async with held_up(server, folder) as process:
            before = len(await runs(server)) - 1
            os.kill(server.worker_pid, signal.SIGKILL)
            await wait_until(lambda: not process.is_running())
            stopped = (await ended(server, "stopped", after=before))[0]
            assert "stopped" in stopped[1]
        await ended(server, "done", after=before + 1)


async def test_a_shutdown_leaves_no_half_file(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    async with backing_up(folder) as server:
        async with held_up(server, folder) as process:
            assert process.nice() == min(19, psutil.Process(server.worker_pid).nice() + 10)
            assert await server.stop() == 0
            assert not process.is_running()
        assert not of_the_unfinished(folder)
        assert (await runs(server))[-1] == ("stopped", "It was stopped together with the server.")


async def test_a_full_disk_is_told_and_recovered_from(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1) as disk:
        filler = fill(disk, 1)
        await _on_a_full_disk(disk / "store", filler, tmp_path / "mails")


async def _on_a_full_disk(folder: Path, filler: Path, mails: Path) -> None:
    def told() -> int:
        return sum("problem of the server" in one.read_text() for one in mails.glob("*"))

    async with backing_up(folder, TAKAHE_MAIL_URL=f"file:{mails}") as server:
        await server.set_up()
        failed = await ended(server, "failed")
        assert "No space left" in failed[-1][1]
        await ended(server, "failed", after=len(failed))
        async with server.client() as monitor:
            text = (await monitor.get("/metrics")).text
        assert "takahe_backup_success 0" in text
        assert "takahe_backup_late 1" in text
        assert "takahe_backup_age_seconds" not in text
        assert "No space left" in await server.takahe("backup", "--list")
        await wait_until(told)
        assert not list(folder.glob("*.zip"))
        before = len(await runs(server))
        filler.unlink()
        await ended(server, "done", after=before)
        assert not of_the_unfinished(folder)
        await wait_until(lambda: "server.trouble_ended" in server.log)
        assert told() == 1
