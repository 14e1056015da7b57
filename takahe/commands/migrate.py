"""`takahe migrate`: Django's migrations, then the triggers of the state machines.

Safe to run concurrently and while a server runs: no statement waits long for a lock while others queue behind it, and indexes are built
concurrently (tests/platform/test_migrations.py checks that for each new migration).
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg

from core.errors import Unavailable
from takahe.cli import environment, schema, snapshot
from takahe.cli.exits import Exit

if TYPE_CHECKING:
    from django.db.migrations import Migration
    from django.db.migrations.state import ProjectState

# A statement that waits for a table lock makes all later ones wait behind it. So wait only briefly, and retry.
LOCK_TIMEOUT_S = 2
RETRY_FOR_S = 600.0
_FIRST_PAUSE_S, _MAX_PAUSE_S = 0.5, 10.0
_PROGRESS_EVERY_S = 2.0
_MADE = "The database has its tables."
_NOTHING_TO_DO = "The database is up to date."


def migrate(options: argparse.Namespace) -> int:
    """Migrate the database to what the code needs."""
    # a folder given explicitly is intended; ./data may be the wrong place
    with environment.database(may_create="TAKAHE_DATA_DIR" in os.environ):
        if options.check:
            environment.set_up_django(pool=False)
            return _check()
        is_new = snapshot.load()
        is_complete = schema.is_complete()
        if not options.quiet and (is_new or is_complete):
            print(_MADE if is_new else _NOTHING_TO_DO)
        if is_complete and environment.has_secret_key():
            return Exit.OK
        # its settings create the secret key of a new folder, which other commands need
        environment.set_up_django(pool=False)
        if is_complete:
            return Exit.OK
        with schema.migration_lock():
            _run(quiet=options.quiet)
    return Exit.OK


def _check() -> int:
    waiting = schema.waiting_migrations()
    if waiting:
        print("Waiting: " + ", ".join(waiting), file=sys.stderr)
    return Exit.FAILED if waiting else Exit.OK


def _run(*, quiet: bool) -> None:
    from django.db import OperationalError

    deadline = time.monotonic() + RETRY_FOR_S
    for pause_s in _pauses():
        try:
            _apply(quiet=quiet)
            asyncio.run(_install_triggers())
            return
        except OperationalError as error:
            if not isinstance(
                error.__cause__, (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
            ):
                raise
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"The database could not be changed: for {RETRY_FOR_S / 60:.0f} minutes another client has been using what has "
                    "to change. `SELECT * FROM pg_stat_activity` shows who; then run `takahe migrate` again.",
                    detail=str(error),
                ) from error
            print(
                f"takahe: a table is in use, so the migration tries again in {pause_s:.1f} s", file=sys.stderr
            )
            time.sleep(pause_s)


def _pauses() -> Iterator[float]:
    pause_s = _FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, _MAX_PAUSE_S)


def _apply(*, quiet: bool) -> None:
    if schema.is_up_to_date():
        if not quiet:
            print(_NOTHING_TO_DO)
        return
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    from takahe.cli.migration_state import render_little

    progress = _Progress()

    class Executor(MigrationExecutor):
        def apply_migration(
            self, state: "ProjectState", migration: "Migration", *args: Any, **more: Any
        ) -> "ProjectState":
            if quiet:
                progress.step()
            else:
                print(f"Applying {migration.app_label}.{migration.name}", flush=True)
            # a concurrent build waits for old transactions, and blocks nobody
            seconds = LOCK_TIMEOUT_S if migration.atomic else 0
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{seconds}s'")
                cursor.execute("SET statement_timeout = 0")
            render_little(state, migration)
            if not migration.atomic:
                return super().apply_migration(state, migration, *args, **more)
            with transaction.atomic():  # Django records some migrations after their commit; if killed in between, they would fail forever
                return super().apply_migration(state, migration, *args, **more)

    executor = Executor(connection)
    executor.loader.check_consistent_history(connection)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    _drop_unfinished_indexes([migration for migration, _ in plan])
    if plan:
        progress.total = len(plan)
        executor.migrate(targets, plan)


class _Progress:
    """Reports the progress of migrations while a server starts."""

    def __init__(self) -> None:
        self.total = self._done = 0
        self._told_at = float("-inf")

    def step(self) -> None:
        """Count one migration that starts, and report it if the last line is some time ago."""
        self._done += 1
        if time.monotonic() - self._told_at > _PROGRESS_EVERY_S:
            print(f"Updating the database: step {self._done} of {self.total} …", file=sys.stderr, flush=True)
            self._told_at = time.monotonic()


def _drop_unfinished_indexes(plan: "list[Migration]") -> None:
    """Drop the remains of an interrupted concurrent build: an index, perhaps invalid, of an unrecorded migration."""
    from django.contrib.postgres.operations import AddIndexConcurrently
    from django.db import connection

    with connection.cursor() as cursor:
        for migration in plan:
            for operation in migration.operations:
                if isinstance(operation, AddIndexConcurrently):
                    name = connection.ops.quote_name(operation.index.name)
                    cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


async def _install_triggers() -> None:
    """Install the triggers before anything is written; the worker installs them, too."""
    import stator
    from core.db import own_connection, sql

    async with own_connection():
        await sql.run(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
        await stator.install_triggers()
