"""The environment of a command: options as environment variables, a database, Django, an event loop."""

import argparse
import asyncio
import os
import resource
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from core.config import Config, ConfigError, config
from core.server_state import current_state
from takahe.cli import schema
from takahe.cli.elsewhere import running_servers

_OPTIONS = {
    "port": "PORT",
    "bind": "TAKAHE_BIND",
    "data_dir": "TAKAHE_DATA_DIR",
    "database_url": "DATABASE_URL",
}

type Command = Callable[[argparse.Namespace], Coroutine[Any, Any, int]]

_MAX_FILES = 65_536  # more connections than one process can serve


def apply(options: argparse.Namespace) -> None:
    """Copy command line options into the environment, for this process and its children."""
    called = {}
    for option, variable in _OPTIONS.items():
        value = getattr(options, option, None)
        if value is not None:
            os.environ[variable] = str(value)
            called[variable] = f"--{option.replace('_', '-')}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "takahe.settings"
    os.umask(
        os.umask(0o077) | 0o027
    )  # uploads, logs and mails are private to this user; a group may be given access
    # zoneinfo's default; unset, it loads all of Python's build settings (0.7 MB) to determine it
    os.environ.setdefault("PYTHONTZPATH", "/usr/share/zoneinfo:/usr/lib/zoneinfo:/etc/zoneinfo")
    Config(os.environ, called)  # an invalid value stops every command here


@contextmanager
def database(*, may_create: bool = False) -> Iterator[None]:
    """Make DATABASE_URL name a running database inside the block: the configured one or the embedded one, started if necessary.

    Raises ConfigError if there is none yet and it may not create one, because another database was probably meant.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    from core import embedded  # 1 MB, which web and worker do without

    if not may_create and not embedded.exists(config().data_dir):
        raise ConfigError(
            f"DATABASE_URL is not set and there is no database in {config().data_dir.absolute()}, so this is not the server's "
            "environment. Give the server's settings (docs/run/install.md shows how) or its folder as --data-dir. For a new "
            f"server start `takahe serve` first.{running_servers()}"
        )
    with embedded.used(config().data_dir) as server:
        use_database(server.url)
        yield


def has_secret_key() -> bool:
    """Return whether the server's signing key is configured, or was generated before."""
    return bool(config().secret_key) or (config().data_dir / "secret_key").exists()


def require_secret_key() -> None:
    """Raise ConfigError unless the server's signing key exists. A command must not generate another one."""
    folder = config().data_dir
    if not has_secret_key():
        raise ConfigError(
            f"SECRET_KEY is not set and there is no {folder.absolute() / 'secret_key'}, so this is not the server's environment. "
            f"Give the server's settings (docs/run/install.md shows how) or its folder as --data-dir.{running_servers()}"
        )


def raise_file_limit() -> None:
    """Raise the limit of open files.

    Every connection is one; the usual soft limit of 1,024 is for programs that use select(), which we don't.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def require_database() -> None:
    """Make DATABASE_URL name a database, for a process that must not start one itself (web, worker)."""
    if os.environ.get("DATABASE_URL"):
        return
    from core import embedded

    server = embedded.running(config().data_dir)
    if server is None:
        raise ConfigError(
            "DATABASE_URL is not set and no embedded database is running. Set DATABASE_URL, or use `takahe serve`, which "
            "starts the database, the web process and the worker."
        )
    use_database(server.url)


def use_database(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    current_state().forget(config)


def set_up_django(*, pool: bool = True) -> None:
    """Set up Django. Without `pool` connections are opened one by one, as its synchronous migrations need it."""
    from takahe import settings

    if not pool:
        settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    import django

    django.setup()


def run_async(load: Callable[[], Command], options: argparse.Namespace) -> int:
    """Set Django up, load a command and run it with a database connection of its own; return its exit code."""
    with database():
        require_secret_key()
        set_up_django(pool=False)
        from core import logs
        from core.db import own_connection
        from users.audit.models import COMMAND_LINE
        from users.audit.services import acting

        logs.configure(config().log_format, "WARNING")
        schema.wait_for_tables()
        command = load()

        async def inside() -> int:
            with acting(COMMAND_LINE):
                async with own_connection():
                    return await command(options)

        return asyncio.run(inside())


def is_database_error(error: Exception) -> bool:
    """Return whether the database could not be reached (as opposed to a rejected statement)."""
    kinds = [
        getattr(sys.modules[module], name)
        for module, name in (("django.db.utils", "OperationalError"), ("psycopg", "OperationalError"))
        if module in sys.modules
    ]
    return isinstance(error, tuple(kinds))
