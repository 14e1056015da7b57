"""The rows of all tables as text, by COPY: any version of Postgres reads it, and nothing has to be installed for it.

They go into tables as they were when the backup was made (takahe/schema.sql of that version, which is part of it); migrations follow.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

import psycopg
from psycopg import sql

from core.errors import BadInput, Unavailable
from takahe.backups.archives import Table
from takahe.cli import snapshot

# copies of other servers' media are fetched again, and measured
LEFT_OUT = ("federation_remotefile", "federation_remotemediause")
_TABLES = """
    SELECT c.relname::text, (
        SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ) FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname
"""
_SEQUENCES = """
    SELECT c.relname::text FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname
"""
_FUNCTIONS = """
    SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_SESSION = """
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL transaction_timeout = 0
"""
# pg_dump writes keys, indexes, triggers and references behind all tables
_AFTER_ROWS = re.compile(
    r"^(?:ALTER TABLE ONLY public\.\w+\n +ADD CONSTRAINT|CREATE (?:UNIQUE )?INDEX|CREATE TRIGGER)",
    re.MULTILINE,
)
_CREATED = re.compile(r"^CREATE TABLE public\.(\w+) \(", re.MULTILINE)
_RECORDED = re.compile(r"^INSERT INTO public\.django_migrations .*\n", re.MULTILINE)


def named_in(schema: str) -> set[str]:
    """Return the tables that a schema makes."""
    return set(_CREATED.findall(schema))


def begin_reading(connection: psycopg.Connection) -> None:
    """Make everything that is read next in this transaction be of one moment."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    _allow_time(connection)


def _allow_time(connection: psycopg.Connection) -> None:
    for statement in _SESSION.split(";"):
        if "transaction_timeout" in statement and connection.info.server_version < 170000:
            continue
        if statement.strip():
            connection.execute(statement.strip().encode())


def tables(connection: psycopg.Connection) -> list[tuple[str, list[str]]]:
    """Return each table with its columns, but for those that hold what can be fetched again."""
    return [row for row in connection.execute(_TABLES) if row[0] not in LEFT_OUT]


def sequences(connection: psycopg.Connection) -> dict[str, tuple[int, bool]]:
    """Return where each sequence stands, and whether that number was given out."""
    found: dict[str, tuple[int, bool]] = {}
    for (name,) in connection.execute(_SEQUENCES).fetchall():
        state = connection.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name))
        ).fetchone()
        assert state is not None
        found[name] = state
    return found


def read(
    connection: psycopg.Connection, name: str, columns: list[str], count: Callable[[int], None]
) -> Iterator[bytes]:
    """Yield the rows of a table, and then tell how many there were."""
    with connection.cursor() as cursor:
        with cursor.copy(_copy(name, columns, "TO STDOUT")) as rows:
            for row in rows:
                yield bytes(row)
        count(cursor.rowcount)


def fill(
    connection: psycopg.Connection,
    schema: str,
    content: Iterable[tuple[Table, Iterable[bytes]]],
    numbers: dict[str, tuple[int, bool]],
) -> Iterator[Table]:
    """Make the tables in a transaction that has just begun, and fill them; yield each when it is full, and then let indexes be made.

    Raises BadInput for a database that has a server, and for rows that are not those that were saved.
    """
    _allow_time(connection)
    _clear(connection, named_in(snapshot.FILE.read_text(encoding="utf-8")) | named_in(schema))
    split = _AFTER_ROWS.search(schema)
    if split is None:
        raise BadInput("The tables in the backup can't be read.")
    before, after = schema[: split.start()], _RECORDED.sub("", schema[split.start() :])
    connection.execute("SET LOCAL search_path = ''")
    connection.execute("SET LOCAL check_function_bodies = off")  # they name tables that come later
    connection.execute(before.encode())
    for table, rows in content:
        _write(connection, table, rows)
        yield table
    for name, (number, is_called) in numbers.items():
        connection.execute("SELECT setval(%s::regclass, %s, %s)", [f'public."{name}"', number, is_called])
    connection.execute(after.encode())


def _write(connection: psycopg.Connection, table: Table, rows: Iterable[bytes]) -> None:
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        with cursor.copy(_copy(table.name, table.columns, "FROM STDIN")) as copy:
            for part in rows:
                digest.update(part)
                copy.write(part)
        count = cursor.rowcount
    if digest.hexdigest() != table.sha256 or count != table.rows:
        raise BadInput(
            f"The rows of {table.name} in the backup are damaged: {count:,} of {table.rows:,} could be read."
        )


def _copy(name: str, columns: list[str], direction: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) " + direction).format(sql.Identifier("public", name), listed)


def require_unused(connection: psycopg.Connection, ours: set[str]) -> None:
    """Raise BadInput if somebody uses the database: a server with people, or something with tables that are none of `ours`."""
    names = {name for name, _ in connection.execute(_TABLES).fetchall()} | set(LEFT_OUT)
    if foreign := sorted(names - set(LEFT_OUT) - ours):
        raise BadInput(
            f"This database is not empty: it has the table {foreign[0]}, which is none of Takahē. Restore into an empty one."
        )
    for name in ("users_domain", "users_user"):
        used = (
            name in names
            and connection.execute(
                sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(name))
            ).fetchone()
        )
        if used and used[0]:
            raise BadInput(
                "This database has a server already, and a restored one would replace it. Restore into an empty database: give another "
                "--data-dir or DATABASE_URL."
            )


def _clear(connection: psycopg.Connection, ours: set[str]) -> None:
    """Drop the tables of a server that nobody has used yet."""
    require_unused(connection, ours)
    connection.execute("SET LOCAL lock_timeout = '10s'")
    try:
        for name in sorted(ours):
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(name)))
    except psycopg.errors.LockNotAvailable as error:
        raise Unavailable("The database is in use: stop the server that uses it, and try again.") from error
    for (name,) in connection.execute(_SEQUENCES).fetchall():
        connection.execute(sql.SQL("DROP SEQUENCE IF EXISTS {} CASCADE").format(sql.Identifier(name)))
    for (name,) in connection.execute(_FUNCTIONS).fetchall():
        connection.execute(f"DROP FUNCTION IF EXISTS {name} CASCADE".encode())


def count(connection: psycopg.Connection, name: str) -> int:
    """Return how many rows a table has."""
    found = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name))
    ).fetchone()
    assert found is not None
    return int(found[0])
