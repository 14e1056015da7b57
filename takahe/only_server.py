"""The lock of a data folder: one `takahe serve` at a time, because a second one would lose its database when the first one stops."""

import fcntl
import os
import time
from pathlib import Path

from core.config import ConfigError

_STOPPING = "stopping"
STOP_TIMEOUT_S = 30.0  # web and worker have 8 s, Postgres 15
_POLL_S = 0.1


class OnlyServer:
    """The lock of a data folder, held until the process ends in any way. The file names the holder."""

    def __init__(self, data_dir: Path, address: str) -> None:
        """Take the lock, waiting for a server that is shutting down. Raises ConfigError if another server keeps running on the folder."""
        self._file = os.open(data_dir / "serve.lock", os.O_RDWR | os.O_CREAT, 0o640)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while not self._is_taken():
            who = os.pread(self._file, 400, 0).decode(errors="replace").strip()
            if not who.endswith(_STOPPING) or time.monotonic() > deadline:
                os.close(self._file)
                raise ConfigError(
                    f"Another server already runs on {data_dir.absolute()} ({who or 'it is just starting'}). Stop it first, or give "
                    "this one a folder of its own with --data-dir."
                )
            time.sleep(_POLL_S)
        self._who = f"process {os.getpid()}, {address}"
        self._write(self._who)

    def is_stopping(self) -> None:
        """Make a server that starts now wait for our exit."""
        self._write(f"{self._who}, {_STOPPING}")

    def _is_taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _write(self, text: str) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)
