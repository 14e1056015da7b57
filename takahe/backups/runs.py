"""The record of backups into TAKAHE_BACKUP_DIR, one of which is made at a time on one database, by whichever process.

A session's lock tells a running one from one that was killed: Postgres releases it with the connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from core.backups.plan import COLUMNS, Run, RunState, next_at
from core.config import config
from core.errors import BadInput, Problem
from takahe.cli import schema

LOCK = 0x74616B61_6262  # "takabb"
_LOCK_WITHIN = "3s"  # whoever looks whether it is held, holds it for a moment
_KEPT = 400
MOST_WORDS = 500
_END = (
    "UPDATE core_backuprun SET ended_at = clock_timestamp(), state = %s, bytes = %s, error = %s WHERE id = %s"
)


class Recording:
    """A backup that is being made; `done` says what it has become."""

    def __init__(self) -> None:
        self.bytes = 0
        self.error = ""

    def done(self, size: int, error: str = "") -> None:
        """Say how large it is, and what it lacks."""
        self.bytes, self.error = size, error


@contextmanager
def recording(*, only_if_due: bool) -> Iterator[Recording | None]:
    """Record the backup that is made inside the block, and how it ended; None if `only_if_due` and it isn't its time, or another one runs.

    Raises BadInput if another one runs.
    """
    with schema.connect() as connection:
        if not _lock(connection):
            if not only_if_due:
                raise BadInput("Another backup into TAKAHE_BACKUP_DIR is being made.")
            yield None
            return
        if only_if_due and not _is_due(connection):
            yield None
            return
        run = _begin(connection)
        recorded = Recording()
        try:
            yield recorded
        except BaseException as error:
            with suppress(psycopg.Error):  # what failed may be the database
                _end(
                    run,
                    RunState.stopped if isinstance(error, SystemExit) else RunState.failed,
                    None,
                    _words(error),
                )
            raise
        _end(run, RunState.done, recorded.bytes, recorded.error)


def _lock(connection: psycopg.Connection) -> bool:
    connection.execute(f"SET lock_timeout = '{_LOCK_WITHIN}'")
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _is_due(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        f"SELECT now(), {COLUMNS} FROM core_backuprun ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return row is None or next_at(config().backup_at, Run(*row[1:]), row[0]) <= row[0]


def _begin(connection: psycopg.Connection) -> int:
    row = connection.execute(
        f"""WITH removed AS (
                DELETE FROM core_backuprun WHERE id <= (SELECT id FROM core_backuprun ORDER BY id DESC OFFSET {_KEPT} LIMIT 1)
            ) INSERT INTO core_backuprun DEFAULT VALUES RETURNING id"""
    ).fetchone()
    assert row is not None
    return int(row[0])


def _end(run: int, state: RunState, size: int | None, error: str) -> None:
    """Store the result over a new connection: the one with the lock may have been lost in hours of work."""
    with schema.connect() as connection:
        connection.execute(_END, [state.value, size, error[:MOST_WORDS], run])


def _words(error: BaseException) -> str:
    match error:
        case Problem():
            return error.sentence
        case SystemExit():
            return "It was stopped together with the server."
        case _:
            return f"{type(error).__name__}: {error}".strip()
