"""The tables of all migrations as one file of SQL, for a database that has none yet.

Two hundred migrations one by one take ten times as long as everything else in a first start. `tools/snapshot` writes the file from a
database that was migrated; tests/platform/test_migrations.py checks that it is up to date.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from takahe.cli import schema

if TYPE_CHECKING:
    import psycopg

FILE = Path(__file__).resolve().parents[1] / "schema.sql"
# The file names every object with its schema, and functions refer to tables that come after them.
_SETTINGS = "SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off;\n"
_IS_EMPTY = """
    SELECT current_schema() = 'public' AND NOT EXISTS (
        SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    )
"""


def load() -> bool:
    """Make all tables if the database has none. Return whether it did.

    A server that refuses a statement keeps an empty database: the migrations go another way, or fail with their reason.
    """
    import psycopg

    with schema.connect() as connection:
        if not _is_empty(connection):
            return False
        with schema.migration_lock():
            if not _is_empty(connection):  # another process has made them meanwhile
                return False
            try:
                fill(connection)
            except psycopg.Error as error:
                print(f"takahe: the tables are made step by step, because of this: {error}", file=sys.stderr)
                return False
    return True


def fill(connection: "psycopg.Connection") -> None:
    """Make all tables of an empty database in one transaction."""
    with connection.transaction():
        connection.execute((_SETTINGS + FILE.read_text(encoding="utf-8")).encode())


def _is_empty(connection: "psycopg.Connection") -> bool:
    return connection.execute(_IS_EMPTY).fetchone() == (True,)
