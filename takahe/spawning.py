"""`takahe` commands as child processes. Neither Django nor a database driver is loaded here."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


async def spawn(
    *arguments: str, is_gentle: bool = False, stderr: int | None = None
) -> asyncio.subprocess.Process:
    """Start a command in a session of its own, which ends with us even if we are killed. A gentle one yields the processor and the disk."""
    setpriv, nice = shutil.which("setpriv"), shutil.which("nice")
    leash = [setpriv, "--pdeathsig", "TERM"] if setpriv else []
    if nice and is_gentle:
        leash += [nice, "-n", "10"]
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        *leash,
        sys.executable,
        "-m",
        "takahe",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
    )


def ending(code: int) -> str:
    """Return how a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
