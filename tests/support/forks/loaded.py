"""The loaded process: `python -m tests.support.forks.loaded FD` forks itself for each request on the socket FD.

It has one thread and no event loop. When its stdin is closed, it ends together with all its children.
"""

import asyncio
import ctypes
import gc
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import anyio.to_process

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_ROOMS = ("core", "stator", "federation", "users", "activities", "api", "web", "takahe")
# these read the environment when they are imported, so each fork imports them itself
_BY_ENVIRONMENT = ("takahe.settings", "takahe.asgi")


def load() -> None:
    """Import all of Takahē, then forget what was read from this process's environment. Makes password hashes as cheap as possible."""
    from takahe.cli import environment

    os.environ["DJANGO_SETTINGS_MODULE"] = "takahe.settings"
    environment.set_up_django()
    for name in ("uvicorn", "uvloop", *_ROOMS):
        room = import_module(name)
        if name in _ROOMS:
            for module in pkgutil.walk_packages(room.__path__, f"{name}."):
                if ".migrations" not in module.name and module.name not in {
                    *_BY_ENVIRONMENT,
                    "takahe.__main__",
                }:
                    import_module(module.name)
    from core.pages.static_files import assets
    from core.pages.templates import load_page_templates
    from tests.users import hashes
    from users.logins import passwords
    from users.logins.services import logins

    assets()
    load_page_templates()
    passwords.encode, passwords.DUMMY_HASH = hashes.encode, hashes.DUMMY_HASH
    logins.DUMMY_HASH = hashes.DUMMY_HASH
    forget_environment(*_BY_ENVIRONMENT)


def forget_environment(*modules: str) -> None:
    """Make each fork read its own environment: drop the settings, and these modules, which read it when they are imported."""
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty
    from django_async_backend.db import async_connections

    from core.config import config
    from core.server_state import current_state

    for handler in (connections, async_connections):
        for alias in handler:
            if hasattr(handler._connections, alias):
                del handler[alias]
        handler._settings = None
        del handler.settings
    current_state().forget(config)
    settings._wrapped = empty
    for name in modules:
        sys.modules.pop(name, None)
        package, _, child = name.rpartition(".")
        vars(sys.modules[package]).pop(child, None)


def fork(work: Callable[[], int], name: str) -> int:
    """Run `work` in a child process that ends with this one; return the child's process id."""
    every = signal.valid_signals()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, every)
    parent = os.getpid()
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return child
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        os.closerange(3, 1024)
        Path("/proc/self/comm").write_text(name)
        _end(work) if os.getppid() == parent else os._exit(1)
    finally:
        os._exit(1)


def _end(work: Callable[[], int]) -> NoReturn:
    code = 1
    try:
        code = work()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        code = 1 if isinstance(ended.code, str) else int(ended.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class _Child:
    """A child of a forked supervisor, with the part of the interface of `asyncio.subprocess.Process` that the supervisor uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()
        self._watch = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._watch, self._reap)

    def _reap(self) -> None:
        self._loop.remove_reader(self._watch)
        os.close(self._watch)
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


async def _spawn(*arguments: str) -> _Child:
    """Replace the supervisor's function of the same name: fork instead of starting an interpreter."""

    def work() -> int:
        os.setsid()
        return _takahe(list(arguments))

    return _Child(fork(work, f"takahe {arguments[0]}"))


def _takahe(arguments: list[str]) -> int:
    from core.config import config
    from core.server_state import current_state
    from takahe.__main__ import main

    current_state().forget(config)
    return main(arguments)


async def _run_here(function: Callable[..., Any], *args: Any, **how: Any) -> Any:
    return function(*args)


def _become(wanted: dict[str, Any]) -> int:
    """Run the requested command in the child."""
    os.environ.clear()
    os.environ.update(wanted["env"])
    for number, name in ((0, os.devnull), (1, wanted["out"]), (2, wanted["err"])):
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    if wanted["arguments"][:1] != ["serve"]:
        anyio.to_process.run_sync = _run_here  # blocking is fine: nothing else runs in this process
    if wanted["module"] == "takahe":
        return _takahe(wanted["arguments"])
    asyncio.run = _run_and_close
    sys.argv = [wanted["module"], *wanted["arguments"]]
    runpy.run_module(wanted["module"], run_name="__main__", alter_sys=True)
    return 0


_run = asyncio.run


def _run_and_close(main: Coroutine[Any, Any, Any], **how: Any) -> Any:
    """Run as asyncio does, and close the pool: one that is connecting takes the cancellation at the end for a failed attempt, and goes on."""

    async def whole() -> Any:
        try:
            return await main
        finally:
            from django.apps import apps

            if apps.ready:
                from core.asgi.database import stop_database

                await stop_database()

    return _run(whole(), **how)


def serve(listener: socket.socket) -> None:
    """Fork for each request, a line of JSON; answer the child's process id, and later its exit code."""
    gc.collect()
    gc.freeze()
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    waiting.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is sys.stdin:
                return
            if key.fileobj is listener:
                connection, _ = listener.accept()
                with connection.makefile("rb") as request:
                    wanted = json.loads(request.readline())
                pid = fork(lambda wanted=wanted: _become(wanted), f"takahe {wanted['arguments'][:1]}")
                connection.sendall(b"%d\n" % pid)
                waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, connection))
            else:
                pid, connection = key.data
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                waiting.unregister(key.fd)
                os.close(key.fd)
                with connection:
                    connection.sendall(b"%d\n" % code)


if __name__ == "__main__":
    from tests.support.forks import loaded

    loaded.load()
    import takahe.supervisor

    takahe.supervisor.spawn = loaded._spawn  # type: ignore[assignment]
    loaded.serve(socket.socket(fileno=int(sys.argv[1])))
