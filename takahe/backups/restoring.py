"""Reading a backup into an empty server, or aside to prove that it can be.

Media come first; the rows are one transaction, with which the server is there: whoever is killed can begin again.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg

from core import embedded
from core.config import config
from core.errors import BadInput
from core.media.locations import media_root
from core.media.names import is_stored_name
from takahe.backups import archives, rows
from takahe.backups.archives import Manifest, Reader, Table
from takahe.backups.saving import Tell, checked, made_at
from takahe.cli import schema, snapshot


def newest(target: Path) -> Path:
    """Return the backup itself, or the newest one of a folder. Raises BadInput if there is none."""
    if not target.is_dir():
        return target
    found = sorted(path for path in target.iterdir() if made_at(path) is not None)
    if not found:
        raise BadInput(f"There is no backup in {target}.")
    return found[-1]


def restore(backup: Reader, tell: Tell, *, is_trusted: bool) -> Manifest:
    """Fill this server's database, media folder and data folder. Raises BadInput if there is a server already, or the backup is damaged.

    `is_trusted`: its own SQL may be run if it was written by another version.
    """
    _require_secrets(backup)
    ddl = _schema(backup, is_trusted=is_trusted)
    with schema.connect() as connection:
        with connection.transaction():
            rows.require_unused(connection, rows.named_in(snapshot.FILE.read_text(encoding="utf-8")))
        _restore_media(backup, tell)
        _restore_rows(connection, backup, ddl, tell)
    _restore_key(backup)
    return backup.manifest


def check(backup: Reader, tell: Tell, *, is_trusted: bool) -> Manifest:
    """Restore the rows into a database of its own, which is removed again, count them, and read all media. Raises BadInput, EmbeddedError."""
    ddl = _schema(backup, is_trusted=is_trusted)
    with tempfile.TemporaryDirectory(prefix="takahe-restore-") as folder:
        server = embedded.start(Path(folder) / "data", settings={"fsync": "off"})
        try:
            with psycopg.connect(server.url, autocommit=True) as connection:
                _restore_rows(connection, backup, ddl, tell)
                for table in backup.manifest.tables:
                    if (found := rows.count(connection, table.name)) != table.rows:
                        raise BadInput(f"{table.name} has {found:,} rows once restored, not {table.rows:,}.")
        finally:
            server.stop()
    for number, name in enumerate(_names(backup), 1):
        for _ in checked(name, backup.read_media(name)):
            pass
        tell(f"Media: {number:,} of {backup.manifest.media_files:,} files")
    return backup.manifest


def _require_secrets(backup: Reader) -> None:
    missing = [name for name in backup.manifest.needs if not os.environ.get(name)]
    if missing:
        raise BadInput(
            f"The server of this backup has {' and '.join(missing)} among its settings. Set the same here, then restore."
        )
    key = config().data_dir / "secret_key"
    is_other = backup.has("secret_key") and key.exists() and _key(backup) != key.read_bytes()
    if is_other and {path.name for path in media_root().glob("??/*")} - set(backup.media()):
        raise BadInput(f"{key} is of another server. Restore into an empty folder.")


def _key(backup: Reader) -> bytes:
    return backup.read_small("secret_key")


def _restore_key(backup: Reader) -> None:
    if backup.has("secret_key"):
        archives.write_durably(config().data_dir / "secret_key", [_key(backup)])


def _schema(backup: Reader, *, is_trusted: bool) -> str:
    """Return the SQL of the tables. Raises BadInput for one of the file's own that nobody vouches for: SQL may do anything."""
    own, found = snapshot.FILE.read_bytes(), backup.read_small("schema.sql")
    if found != own and not backup.is_proven and not is_trusted:
        raise BadInput(
            f"This backup is of another version ({printable(backup.manifest.version)}), so that its tables are made by SQL in the file, "
            "which may do anything on this machine. If you know that the file is yours, add --trusted."
        )
    ddl = found.decode(errors="replace")
    made = rows.named_in(ddl) - set(rows.LEFT_OUT)
    if {table.name for table in backup.manifest.tables} != made:
        raise BadInput("The backup is damaged: it does not have the rows of all its tables.")
    return ddl


def printable(text: str) -> str:
    """Return text from a file for a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:100])


def _restore_rows(connection: psycopg.Connection, backup: Reader, ddl: str, tell: Tell) -> None:
    manifest = backup.manifest
    content = ((table, _told(backup.read(f"rows/{table.name}"), table, tell)) for table in manifest.tables)
    try:
        with connection.transaction():
            for _ in rows.fill(connection, ddl, content, manifest.sequences):
                pass
            tell("Indexes")
    except (psycopg.DataError, psycopg.ProgrammingError, psycopg.IntegrityError) as error:
        said = printable(str(error).partition("\n")[0])
        raise BadInput(
            f"The backup can't be restored, nothing was changed in the database: {said}."
        ) from error


def _told(content: Iterable[bytes], table: Table, tell: Callable[[str], None]) -> Iterator[bytes]:
    size = 0
    for part in content:
        size += len(part)
        tell(f"Rows: {table.name}, {size / 1e6:,.1f} MB")
        yield part


def _restore_media(backup: Reader, tell: Tell) -> None:
    for number, name in enumerate(_names(backup), 1):
        path = media_root() / name[:2] / name
        if not path.exists():  # from a restoration that was killed: files are there as a whole or not at all
            archives.write_durably(
                path, checked(name, backup.read_media(name)), mode=0o640, folder_mode=0o750
            )
        tell(f"Media: {number:,} of {backup.manifest.media_files:,} files")


def _names(backup: Reader) -> Iterator[str]:
    for name in backup.media():
        if not is_stored_name(name):
            raise BadInput(f"The backup names a file that is none: {name[:100]!r}.")
        yield name
