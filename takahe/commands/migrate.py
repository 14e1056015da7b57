"""`takahe migrate`: Django's migrations, then what the state machines need in the database. Safe to run twice at once."""

import argparse
import asyncio
import sys

import psycopg

from core.config import config
from takahe.commands import environment
from takahe.commands.exits import Exit

_LOCK = 0x74616B61_6865  # "takahe": two servers that start at once migrate one after the other


def migrate(options: argparse.Namespace) -> int:
    """Every table is as the code wants it."""
    with environment.database():
        environment.set_up_django(pool=False)
        with psycopg.connect(_libpq_url(config().database_url), autocommit=True) as lock:
            if options.check:
                return _check()
            lock.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            _run(quiet=options.quiet)
            asyncio.run(_install_triggers())
    return Exit.OK


def _libpq_url(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def waiting_migrations() -> list[str]:
    """The names of migrations that the database has not seen, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _check() -> int:
    waiting = waiting_migrations()
    if waiting:
        print("Waiting: " + ", ".join(waiting), file=sys.stderr)
    return Exit.FAILED if waiting else Exit.OK


def _run(*, quiet: bool) -> None:
    from django.core.management import call_command

    waiting = waiting_migrations()
    if waiting:
        call_command("migrate", interactive=False, verbosity=0 if quiet else 1, skip_checks=True)
    elif not quiet:
        print("The database is up to date.")


async def _install_triggers() -> None:
    """The worker installs them, too; here it happens before anything writes."""
    import stator
    from core.db import own_connection

    async with own_connection():
        await stator.install_triggers()
