"""`takahe backup --list`: the backups in a folder, and of TAKAHE_BACKUP_DIR the last runs and the next."""

from pathlib import Path

import psycopg

from core.backups.plan import COLUMNS, Run, next_at
from core.config import config
from core.errors import BadInput
from takahe.backups.saving import made_at
from takahe.cli import environment, schema
from takahe.cli.exits import Exit
from takahe.cli.tables import print_table

_RUNS = 10


def show(folder: Path) -> int:
    """Print them. Raises BadInput if the folder can't be read."""
    is_own = str(folder) == config().backup_dir
    try:
        paths = (
            sorted(path for path in folder.iterdir() if made_at(path) is not None) if folder.exists() else []
        )
        rows = [
            (f"{made_at(path):%Y-%m-%d %H:%M:%S}", _megabytes(path.stat().st_size), path) for path in paths
        ]
    except OSError as error:
        raise BadInput(f"{folder} can't be read: {error}.") from error
    print_table(("made at (UTC)", "#rows, MB", "file"), rows)
    if not rows:
        print(f"There is no backup in {folder}.")
    if is_own:
        print()
        _show_runs()
    return Exit.OK


def _show_runs() -> None:
    with environment.database(), schema.connect() as connection:
        try:
            found = connection.execute(
                f"SELECT {COLUMNS} FROM core_backuprun ORDER BY id DESC LIMIT {_RUNS}"
            ).fetchall()
            row = connection.execute("SELECT now()").fetchone()
        except psycopg.errors.UndefinedTable as error:
            raise BadInput("The database is not up to date: run `takahe migrate` first.") from error
    assert row is not None
    runs = [Run(*values) for values in found]
    print_table(
        ("began at (UTC)", "result", "#seconds", "#MB", "error"),
        (
            (
                f"{run.started_at:%Y-%m-%d %H:%M:%S}",
                run.state,
                "" if run.seconds is None else f"{run.seconds:.0f}",
                "" if run.bytes is None else _megabytes(run.bytes),
                run.error,
            )
            for run in runs
        ),
    )
    upcoming = next_at(config().backup_at, runs[0] if runs else None, row[0])
    print(f"Next: {max(upcoming, row[0]):%Y-%m-%d %H:%M:%S} UTC, while a worker runs.")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"
