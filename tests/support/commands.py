"""`takahe` commands for tests that run many: each in a process of its own, forked from one in which every module is loaded.

Loading takes nine tenths of a command's time. What the command does, prints and returns is as in a process that was started for it.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


type Run = Callable[..., Awaitable[Result]]


@asynccontextmanager
async def loaded_takahe(**env: str) -> AsyncIterator[Run]:
    """Yield a function that runs one command after the other, all with this environment."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.commands",
        cwd=ROOT, env={**os.environ, **env}, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        limit=10_000_000,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout

    async def run(*arguments: str) -> Result:
        process.stdin.write(json.dumps(arguments).encode() + b"\n")
        return Result(**json.loads(await process.stdout.readline()))

    try:
        yield run
    finally:
        process.stdin.close()
        await process.wait()


def _load() -> None:
    import pkgutil
    from importlib import import_module

    from takahe.cli import environment

    os.environ["DJANGO_SETTINGS_MODULE"] = "takahe.settings"
    environment.set_up_django(pool=False)
    for room in ("users", "activities", "takahe.commands"):
        for module in pkgutil.walk_packages(import_module(room).__path__, f"{room}."):
            if ".migrations" not in module.name:
                import_module(module.name)


def _run(arguments: list[str]) -> int:
    """Run a command in a forked process; returns its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        from takahe.__main__ import main

        code = main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve() -> None:
    _load()
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    commands = os.fdopen(os.dup(0), "rb")
    os.set_inheritable(replies.fileno(), False)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for line in commands:
        outputs = [os.memfd_create("stdout"), os.memfd_create("stderr")]
        kept = os.dup(2)
        for number, output in enumerate(outputs, 1):
            os.dup2(output, number)
        code = _run(json.loads(line))
        os.dup2(kept, 2)
        os.close(kept)
        said = []
        for output in outputs:
            with os.fdopen(output, "rb") as read:
                read.seek(0)
                said.append(read.read().decode())
        replies.write(json.dumps({"code": code, "out": said[0], "err": said[1]}).encode() + b"\n")


if __name__ == "__main__":
    _serve()
