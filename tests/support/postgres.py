"""The Postgres of a test session: one embedded server without fsync, a migrated template, and a copy of it for each database needed.

The controller (the process that runs pytest itself) starts and stops it; xdist's workers find its URL in the environment.
"""

import atexit
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
from psycopg import sql

from core import embedded

URL_VARIABLE = "TEST_POSTGRES_URL"  # no TAKAHE_ prefix: settings with unknown names are refused
FOLDER_VARIABLE = "TEST_SESSION_FOLDER"
TEMPLATE = "takahe"  # the database that embedded.start creates and prepare_template() migrates

_SHARED_MEMORY = "/dev/shm"
_NEEDED_BYTES = 6 << 30  # for three processes running the largest tests; 2 GB are typical

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "400",
    "max_wal_size": "1GB",  # the disk may be memory
    "checkpoint_timeout": "1h",
    "log_min_messages": "fatal",
    "plan_cache_mode": "force_generic_plan",  # a plan for each statement, not for each call (tests/support/pool.py)
}


def is_controller() -> bool:
    return "PYTEST_XDIST_WORKER" not in os.environ


def start_session() -> None:
    """Start the session's server and store its URL in the environment, for this process and its children.

    All temporary files, including those of pytest and of browsers, are in the session's folder.
    """
    if URL_VARIABLE in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="takahe-", dir=_memory()))
    server = embedded.start(folder, settings=FAST)

    def stop() -> None:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    os.environ[URL_VARIABLE] = server.url
    os.environ[FOLDER_VARIABLE] = str(folder)


def _memory() -> str | None:
    """Return a file system in memory with enough free space, or None.

    On a disk, creating a database of 1,200 files takes half a second of CPU instead of 0.03.
    """
    if "TMPDIR" in os.environ or not os.access(_SHARED_MEMORY, os.W_OK | os.X_OK):
        return None
    if os.statvfs(_SHARED_MEMORY).f_flag & os.ST_NOEXEC:  # typical of containers
        return None
    memory = psutil.virtual_memory()
    room = min(shutil.disk_usage(_SHARED_MEMORY).free, memory.available - memory.total // 4)
    return _SHARED_MEMORY if room > _NEEDED_BYTES else None


def session_folder() -> Path:
    """Return the folder for this session's files; it is deleted at the end of the session."""
    return Path(os.environ[FOLDER_VARIABLE])


def url_of(database: str) -> str:
    """Return the URL of another database on the session's server."""
    return urlunsplit(urlsplit(os.environ[URL_VARIABLE])._replace(path=f"/{database}"))


def create_database(name: str = "", *, template: str = TEMPLATE) -> str:
    """Create a copy of the migrated template and return its URL."""
    name = name or f"t_{uuid.uuid4().hex[:12]}"
    drop_database(name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return url_of(name)


def drop_database(name: str) -> None:
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Cleaner:
    """Deletes the rows of all tables. DELETE for small tables (0.1 ms each), TRUNCATE for big ones."""

    _TABLES = """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname = 'public' AND c.relname <> 'django_migrations'
    """

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        # The replica role disables foreign keys and our NOTIFY triggers. If a lock times out, a test left its
        # transaction open.
        self._connection.execute("SET session_replication_role = replica; SET lock_timeout = '5s'")
        self._query = b""

    def clean(self) -> None:
        if not self._query:
            tables = [row[0] for row in self._connection.execute(self._TABLES)]
            self._query = " UNION ALL ".join(
                f"SELECT '{table}', pg_relation_size('{table}') > 2000000 WHERE EXISTS (SELECT FROM {table})"
                for table in tables
            ).encode()
        if not self._query:
            return
        # prepared, because planning 200 parts costs more than running them
        filled = self._connection.execute(self._query, prepare=True).fetchall()
        statements = [f"DELETE FROM {table}" for table, big in filled if not big]
        if large := [table for table, big in filled if big]:
            statements.append(f"TRUNCATE {', '.join(large)} CASCADE")
        if statements:
            self._connection.execute("; ".join(statements).encode())

    def close(self) -> None:
        self._connection.close()
