"""What a command needs before it can work: options as environment, a database, Django, an event loop."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from core import embedded
from core.config import ConfigError, config

_OPTIONS = {
    "port": "PORT",
    "bind": "TAKAHE_BIND",
    "data_dir": "TAKAHE_DATA_DIR",
    "database_url": "DATABASE_URL",
}


def apply(options: argparse.Namespace) -> None:
    """Options given on the command line stand in the environment, for this process and its children."""
    for option, variable in _OPTIONS.items():
        value = getattr(options, option, None)
        if value is not None:
            os.environ[variable] = str(value)
    os.environ["DJANGO_SETTINGS_MODULE"] = "takahe.settings"
    # where zoneinfo looks anyway; unset, it loads all of Python's build settings (0.7 MB) to find that out
    os.environ.setdefault("PYTHONTZPATH", "/usr/share/zoneinfo:/usr/lib/zoneinfo:/etc/zoneinfo")
    config()


@contextmanager
def database() -> Iterator[None]:
    """Inside the block DATABASE_URL names a database that runs: the configured one, or the embedded one, started if need be."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with embedded.used(config().data_dir) as server:
        use_database(server.url)
        yield


def require_database() -> None:
    """DATABASE_URL names a database, for a process that must not start one itself (web, worker)."""
    if os.environ.get("DATABASE_URL"):
        return
    server = embedded.running(config().data_dir)
    if server is None:
        raise ConfigError(
            "DATABASE_URL is not set and no embedded database is running. Set DATABASE_URL, or use `takahe serve`, which "
            "starts the database, the web process and the worker."
        )
    use_database(server.url)


def use_database(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    config.cache_clear()


def set_up_django(*, pool: bool = True) -> None:
    """Django is ready. Without `pool` connections are opened one by one, as its synchronous migrations need it."""
    from takahe import settings

    if not pool:
        settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    import django

    django.setup()


def run_async(
    command: Callable[[argparse.Namespace], Coroutine[Any, Any, int]], options: argparse.Namespace
) -> int:
    """Run a command's coroutine in Django's world with a database connection of its own; its exit code."""
    with database():
        set_up_django(pool=False)
        from core import logs
        from core.db import own_connection

        logs.configure(config().log_format, "WARNING")

        async def inside() -> int:
            async with own_connection():
                return await command(options)

        return asyncio.run(inside())


def command(
    work: Callable[[argparse.Namespace], Coroutine[Any, Any, int]],
) -> Callable[[argparse.Namespace], int]:
    """Make an async function a command: it gets its options, and answers an exit code."""

    @wraps(work)
    def run(options: argparse.Namespace) -> int:
        return run_async(work, options)

    return run


def is_database_error(error: Exception) -> bool:
    """Whether the database could not be reached (as opposed to: refused a statement)."""
    kinds = [
        getattr(sys.modules[module], name)
        for module, name in (("django.db.utils", "OperationalError"), ("psycopg", "OperationalError"))
        if module in sys.modules
    ]
    return isinstance(error, tuple(kinds))
