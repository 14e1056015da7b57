"""The test's side: request forks from the loaded process and wait for them."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PARENT = "tests.support.forks.loaded"


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


type Run = Callable[..., Awaitable[Result]]


class Forked:
    """A forked process, with the part of the interface of `asyncio.subprocess.Process` that tests use."""

    def __init__(self, pid: int, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._end(answers, writer))

    async def _end(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.returncode = int(await answers.readline())
        finally:
            writer.close()

    async def wait(self) -> int:
        await asyncio.shield(self._ending)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def fork(
    *arguments: str,
    env: Mapping[str, str],
    out: Path,
    err: Path | None = None,
    module: str = "takahe",
    parent: str = PARENT,
) -> Forked:
    """Start `python -m MODULE ARGUMENTS…` with this environment; append its output to these files.

    `parent` is the module of the process to fork.
    """
    answers, writer = await asyncio.open_unix_connection(sock=_connected(parent))
    wanted = {
        "module": module,
        "arguments": arguments,
        "env": dict(env),
        "out": str(out),
        "err": str(err or out),
    }
    writer.write(json.dumps(wanted).encode() + b"\n")
    return Forked(int(await answers.readline()), answers, writer)


async def run_module(module: str, *arguments: str, env: Mapping[str, str], parent: str = PARENT) -> Result:
    """Run `python -m MODULE ARGUMENTS…` and wait until it ends."""
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        names = Path(out.name), Path(err.name)
        process = await fork(*arguments, env=env, out=names[0], err=names[1], module=module, parent=parent)
        return Result(await process.wait(), *(name.read_text() for name in names))


@asynccontextmanager
async def loaded_takahe(**env: str) -> AsyncIterator[Run]:
    """Yield a function that runs `takahe` commands in this environment, one at a time."""

    async def run(*arguments: str) -> Result:
        return await run_module("takahe", *arguments, env={**os.environ, **env})

    yield run


def _connected(parent: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_address(parent))  # the connection is queued until the program is loaded
    connection.setblocking(False)
    return connection


@cache
def _address(parent: str) -> str:
    """Start the loaded process, which ends with this one, and return the address of its socket."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("")  # the kernel chooses a name; there is no file
        listener.listen(100)
        loaded = subprocess.Popen(
            [sys.executable, "-u", "-m", parent, str(listener.fileno())],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[listener.fileno()],
        )  # fmt: skip
        address = listener.getsockname()

    def end() -> None:
        assert loaded.stdin
        loaded.stdin.close()
        loaded.wait()

    atexit.register(end)
    return address
