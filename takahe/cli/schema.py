"""Migration status of the database, and the lock under which one process at a time migrates."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.config import config
from core.config.version import migration_files
from core.errors import Unavailable

if TYPE_CHECKING:
    import psycopg

LOCK = 0x74616B61_6865  # "takahe"
_BEGIN_WITHIN_S = 5.0  # a starting server takes this long from its database to its migrations
_POLL_S = 0.3


def connect() -> "psycopg.Connection":
    """Open a connection to the configured database, with a transaction for each statement."""
    import psycopg  # not at the top: `takahe --help` needs none of it

    return psycopg.connect(config().database_url.replace("postgres://", "postgresql://", 1), autocommit=True)


def _try_lock(connection: "psycopg.Connection") -> bool:
    return connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() == (True,)


@contextmanager
def migration_lock() -> Iterator[None]:
    """Hold the migration lock, waiting for its holder: two servers that start at once migrate one after the other.

    It polls: a waiting statement is a transaction, and the holder's CREATE INDEX CONCURRENTLY waits for every older transaction, so both
    would wait forever.
    """
    with connect() as connection:
        while not _try_lock(connection):
            time.sleep(_POLL_S)
        yield


def is_up_to_date() -> bool:
    """Return whether the database has all migrations, by their file names. Works before Django is set up.

    Each command calls this at start. Importing a hundred migrations and building their graph takes longer than everything else.
    """
    with connect() as connection:
        return has_all_migrations(connection)


def is_complete() -> bool:
    """Return whether `takahe migrate` would find nothing to do: all migrations, and the wake-up triggers of every table with states.

    Called at each start of a server, without Django: loading all models to find nothing took a third of the start's CPU time.
    """
    with connect() as connection:
        return has_all_migrations(connection) and not connection.execute(_WITHOUT_TRIGGERS).fetchone()


_WITHOUT_TRIGGERS = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'state_due_at' AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
        AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('stator_wake_inserted', 'stator_wake_updated')) < 2
    LIMIT 1
"""  # stator/triggers.py


def has_all_migrations(connection: "psycopg.Connection") -> bool:
    """Return whether all migrations are recorded in this database."""
    if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
        return False
    return migration_files() <= set(connection.execute("SELECT app, name FROM django_migrations"))


def waiting_migrations() -> list[str]:
    """Return the names of the unapplied migrations, in order."""
    if is_up_to_date():
        return []
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def wait_for_tables() -> None:
    """Wait while another process migrates the database. Raises Unavailable if migrations are unapplied and no process applies them."""
    nobody_since, is_told = time.monotonic(), False
    while waiting := waiting_migrations():
        if _is_migrating():
            nobody_since = time.monotonic()
        elif time.monotonic() - nobody_since > _BEGIN_WITHIN_S:
            raise Unavailable(
                f"The database is not up to date: {len(waiting)} migrations are pending. Run `takahe migrate`, or start `takahe serve`, "
                "which does it."
            )
        if not is_told:
            print("takahe: waiting until the database is up to date", file=sys.stderr)
            is_told = True
        time.sleep(_POLL_S)


def _is_migrating() -> bool:
    with connect() as connection:
        return not _try_lock(connection)
