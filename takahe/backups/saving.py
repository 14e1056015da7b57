"""Writing a backup while the server runs.

Media go first and, after the rows, once more: what is deleted meanwhile is there from the first time, what comes from the second.
"""

import datetime as dt
import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

from core import clock
from core.config import config
from core.config.version import VERSION
from core.errors import BadInput
from core.media.locations import media_root
from core.media.names import is_stored_name
from takahe.backups import archives, rows
from takahe.backups.archives import Manifest, Table, Writer
from takahe.backups.sealing import Sealer, sealed_size
from takahe.cli import schema, snapshot

type Tell = Callable[[str], None]
"""Called with what has been done so far, often."""

_PIECE = 1 << 20
_BATCH = 500
_ENDING = ".zip"
_STAMP = "%Y-%m-%dT%H%M%SZ"


class Saved(NamedTuple):
    """A written backup: its path, its contents, and the media that are damaged here, so that it lacks them."""

    path: Path
    manifest: Manifest
    damaged: list[str]


def save(target: Path, passphrase: str, tell: Tell, *, thin: Callable[[Path], None] | None = None) -> Saved:
    """Write a backup to a new file, or into a folder, where only new media are added, and which may be thinned afterwards.

    A target without an ending is a folder, as is one that is thinned. Raises BadInput for a target that exists or can't be written, and for
    a folder whose backups have another passphrase.
    """
    is_folder = target.is_dir() or not target.suffix or thin is not None
    with schema.connect() as connection, _only_one(target if is_folder else None):
        if not schema.has_all_migrations(connection):
            raise BadInput("The database is not up to date: run `takahe migrate` first.")
        path, sealer, encryption = (
            _place_in(target, passphrase) if is_folder else _place_at(target, passphrase)
        )
        writer = Writer(path, sealer, encryption)
        try:
            media = _Media(connection, writer, sealer, target if is_folder else None, tell)
            media.save()
            tables, numbers, domains = _save_rows(connection, writer, tell)
            media.save()
            manifest = Manifest(
                format=archives.FORMAT, made_at=clock.now().isoformat(), version=VERSION, domains=domains, tables=tables,
                sequences=numbers, media_files=len(media.names), media_bytes=media.bytes, needs=_needs(),
            )  # fmt: skip
            writer.put("media.txt", (f"{name}\n".encode() for name in sorted(media.names)))
            writer.put("schema.sql", [snapshot.FILE.read_bytes()])
            key = config().data_dir / "secret_key"
            if key.exists():
                writer.put("secret_key", [key.read_bytes()])
            writer.finish(manifest)
        except BaseException:
            writer.give_up()
            raise
        if thin is not None:
            thin(target)
    return Saved(path, manifest, media.damaged)


type _Place = tuple[Path, Sealer | None, archives.Encryption | None]


def _place_at(target: Path, passphrase: str) -> _Place:
    if target.exists():
        raise BadInput(f"{target} exists already; backups overwrite nothing.")
    return target, *(archives.lock(passphrase) if passphrase else (None, None))


def _place_in(folder: Path, passphrase: str) -> _Place:
    """Return where the next backup of a folder goes, and remove what a killed one left."""
    known = archives.encryption_of(folder)
    if known is not None and not passphrase:
        raise BadInput(f"The backups in {folder} are encrypted: set TAKAHE_BACKUP_PASSPHRASE.")
    if known is None and passphrase and any(folder.glob(f"*{_ENDING}")):
        raise BadInput(f"The backups in {folder} are not encrypted: use another folder for encrypted ones.")
    for part in (*folder.glob(".*.part"), *folder.glob("media/*/.*.part")):
        part.unlink()
    sealer, encryption = archives.lock(passphrase, known) if passphrase else (None, None)
    if encryption is not None and known is None:
        archives.keep_encryption(folder, encryption)
    return folder / f"{clock.now():{_STAMP}}{_ENDING}", sealer, encryption


@contextmanager
def _only_one(folder: Path | None) -> Iterator[None]:
    """Hold the lock of a folder of backups. Raises BadInput if another process writes into it."""
    if folder is None:
        yield
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadInput(f"Another backup is being written into {folder}.") from error
        yield


def _needs() -> list[str]:
    """Return which secrets are settings, so that a backup doesn't have them."""
    return [
        name
        for name, value in (("SECRET_KEY", config().secret_key), ("TAKAHE_KEY_SECRET", config().key_secret))
        if value
    ]


def _save_rows(
    connection: psycopg.Connection, writer: Writer, tell: Tell
) -> tuple[list[Table], dict[str, tuple[int, bool]], list[str]]:
    saved: list[Table] = []
    with connection.transaction():
        rows.begin_reading(connection)
        domains = [
            name for (name,) in connection.execute("SELECT name FROM users_domain ORDER BY name LIMIT 1000")
        ]
        for name, columns in rows.tables(connection):
            counted: list[int] = []
            put = writer.put(
                f"rows/{name}", _told(rows.read(connection, name, columns, counted.append), name, tell)
            )
            saved.append(Table(name, columns, counted[0], put.sha256))
        numbers = rows.sequences(connection)
    return saved, numbers, domains


def _told(content: Iterable[bytes], name: str, tell: Tell) -> Iterator[bytes]:
    size = 0
    for part in content:
        size += len(part)
        tell(f"Rows: {name}, {size / 1e6:,.1f} MB")
        yield part


class _Media:
    """The media of our own people. Copies of other servers' are fetched again."""

    def __init__(
        self,
        connection: psycopg.Connection,
        writer: Writer,
        sealer: Sealer | None,
        folder: Path | None,
        tell: Tell,
    ) -> None:
        self._connection, self._writer, self._sealer, self._folder, self._tell = (
            connection,
            writer,
            sealer,
            folder,
            tell,
        )
        self.names: set[str] = set()
        self.damaged: list[str] = []
        self.bytes = 0

    def save(self) -> None:
        """Save those that were not saved yet."""
        for batch in _batches(_stored(media_root())):
            found = self._connection.execute(
                "SELECT file FROM federation_remotefile WHERE file = ANY(%s)", [batch]
            )
            for name in sorted(set(batch) - {name for (name,) in found} - self.names):
                with suppress(FileNotFoundError):  # deleted since it was listed
                    self._save(name)

    def _save(self, name: str) -> None:
        path = media_root() / name[:2] / name
        size = path.stat().st_size
        there = None if self._folder is None else archives.shared_path(self._folder, name)
        stored = sealed_size(size) if self._sealer else size
        if there is None or not there.exists() or there.stat().st_size != stored:
            try:  # first as a whole: what is in a zip can't be taken back
                for _ in checked(name, _pieces(path)):
                    pass
            except BadInput:
                if name not in self.damaged:
                    self.damaged.append(name)
                return
            content = _pieces(path)
            if there is None:
                self._writer.put(f"media/{name}", content, packs=False)
            else:
                archives.write_durably(there, self._sealer.seal(name, content) if self._sealer else content)
        self.names.add(name)
        self.bytes += size
        self._tell(f"Media: {len(self.names):,} files, {self.bytes / 1e6:,.1f} MB")


def checked(name: str, content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a file. Raises BadInput if it is not what its name says (core/media/names.py)."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
        yield part
    if digest.hexdigest()[:16] != name.rpartition("-")[2].partition(".")[0]:
        raise BadInput(f"The file {name} is damaged: its content is not what its name says.")


def _stored(root: Path) -> Iterator[str]:
    for folder in sorted(root.glob("??")):
        for path in sorted(folder.iterdir()):
            if is_stored_name(path.name):
                yield path.name


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for name in names:
        batch.append(name)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def made_at(path: Path) -> dt.datetime | None:
    """Return when a backup in a folder was made, by its name."""
    try:
        return dt.datetime.strptime(path.name.removesuffix(_ENDING), _STAMP).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
