"""The file of an exported domain: an uncompressed tar of `takahe.json`, JSON Lines by model, stored files and `end.json`.

Written and read in one stream. The reader accepts plain files only and reads the headers itself: tarfile would keep extended headers of
any size in memory, and follow links. Nothing is compressed, so that no entry is larger than the file. With a passphrase the content of each
entry but the first is encrypted (takahe/backups/sealing.py).
"""

import hashlib
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from core.errors import BadInput
from core.media.names import is_stored_name
from takahe.backups.archives import Encryption, lock
from takahe.backups.part_files import PartFile
from takahe.backups.sealing import Sealer, sealed_size

VERSION = 2
ROWS_AT_ONCE = 500
_HEADER, _END = "takahe.json", "end.json"
_PART = re.compile(r"(rows|elsewhere)/([a-z]{1,20}\.[A-Za-z]{1,40})/[0-9]{6,12}\.jsonl")
_MAX_PART = 256 * 1024 * 1024
_PIECE = 1024 * 1024
_FORMAT = "takahe-domain"


class Header(msgspec.Struct, forbid_unknown_fields=True):
    """The first entry."""

    format: str
    version: int
    domain: str
    exported_at: str
    encryption: Encryption | None = None


class _Ending(msgspec.Struct, forbid_unknown_fields=True):
    sha256: str


class Writer:
    """Writes an export, encrypted if there is a passphrase. Its methods raise OSError, when the disk is full among others."""

    def __init__(self, file: Path, domain: str, exported_at: str, passphrase: str = "") -> None:
        if file.exists():
            raise BadInput(f"{file} exists already.")
        self._part = PartFile(file)
        self._digest = hashlib.sha256()
        self._parts = 0
        self._sealer: Sealer | None = None
        self._out = self._part.file
        encryption = None
        if passphrase:
            sealer, encryption = lock(passphrase)
        header = Header(_FORMAT, VERSION, domain, exported_at, encryption)
        self._add(_HEADER, msgspec.json.encode(header))
        self._sealer = sealer if passphrase else None  # the first entry says how the others are encrypted

    def rows(self, folder: str, label: str, rows: list[dict[str, Any]]) -> None:
        """Write some rows of a model, one a line."""
        self._parts += 1
        self._add(
            f"{folder}/{label}/{self._parts:06}.jsonl",
            b"".join(msgspec.json.encode(row) + b"\n" for row in rows),
        )

    def media(self, name: str, source: Path) -> bool:
        """Copy a stored file. Return False if it is missing."""
        try:
            stored = source.open("rb")
        except FileNotFoundError:
            return False
        with stored:
            size = os.fstat(stored.fileno()).st_size
            self._write(f"media/{name}", size, _exactly(stored, size))
        return True

    def close(self) -> None:
        """End the file and give it its name."""
        self._add(_END, msgspec.json.encode(_Ending(self._digest.hexdigest())))
        self._out.write(bytes(1024))
        self._part.finish()

    def abandon(self) -> None:
        """Delete what was written so far, if the file wasn't completed."""
        self._part.give_up()

    def _add(self, name: str, content: bytes) -> None:
        self._write(name, len(content), [content])

    def _write(self, name: str, size: int, content: Iterable[bytes]) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = sealed_size(size) if self._sealer else size, 0o600
        self._put(entry.tobuf(tarfile.USTAR_FORMAT))
        for piece in self._sealer.seal(name, content) if self._sealer else content:
            self._put(piece)
        self._put(bytes(-self._out.tell() % 512))

    def _put(self, content: bytes) -> None:
        self._digest.update(content)
        self._out.write(content)


def _exactly(stored: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield this many bytes of a file. Raises BadInput if it has fewer."""
    while size and (piece := stored.read(min(_PIECE, size))):
        size -= len(piece)
        yield piece
    if size:
        raise BadInput(f"{stored.name} became shorter while it was read.")


@dataclass(frozen=True)
class Entry:
    """An entry of the tar, at which its source is: its name and size there."""

    name: str
    size: int
    source: IO[bytes]
    sealer: Sealer | None = None

    def pieces(self) -> Iterator[bytes]:
        """Yield the content in pieces."""
        found = _exactly(self.source, self.size)
        return found if self.sealer is None else self.sealer.unseal(self.name, found)


@dataclass(frozen=True)
class Part:
    """An entry of the file. `folder` is rows, elsewhere or media, `name` a model's label or a stored file's name."""

    folder: str
    name: str
    entry: "Entry"

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of this part, each a JSON object on its line."""
        lines = b"".join(self.pieces()).splitlines()
        if len(lines) > ROWS_AT_ONCE:
            raise BadInput(f"A part of {self.name} has too many rows.")
        try:
            return [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadInput(f"A row of {self.name} is no valid JSON object: {error}") from error

    def pieces(self) -> Iterator[bytes]:
        """Yield the content in pieces."""
        return self.entry.pieces()


class Reader:
    """Reads an export. `verify` once, before anything else is done with it."""

    def __init__(self, file: Path, passphrase: str = "") -> None:
        """Open it. Raises BadInput for another file, and for an encrypted one without its passphrase."""
        try:
            self._file = file.open("rb")
        except OSError as error:
            raise BadInput(f"{file} can't be read: {error.strerror}.") from error
        self._size = os.fstat(self._file.fileno()).st_size
        self._sealer: Sealer | None = None
        try:
            self.header = self._read_header()
            if self.header.encryption is not None:
                self._sealer = _sealer_of(file, self.header.encryption, passphrase)
        except BadInput:
            self.close()
            raise

    def close(self) -> None:
        self._file.close()

    def verify(self) -> None:
        """Check the sums of everything. Raises BadInput for a file that is incomplete, changed, or contains what doesn't belong there."""
        for part in self.parts():
            if part.folder == "media":
                digest = hashlib.sha256()
                for piece in part.pieces():
                    digest.update(piece)
                if not part.name.rpartition("-")[2].startswith(digest.hexdigest()[:16]):
                    raise BadInput(f"The file {part.name} was changed.")
        self._file.seek(0)
        digest = hashlib.sha256()
        left = self._end_at
        while left:
            piece = self._file.read(min(_PIECE, left))
            digest.update(piece)
            left -= len(piece)
        if digest.hexdigest() != self._sum:
            raise BadInput("The file was changed: its sum is wrong.")

    def parts(self) -> Iterator[Part]:
        """Yield the entries between the first and the last."""
        self._file.seek(self._begin)
        while True:
            at = self._file.tell()
            entry = self._entry()
            start = self._file.tell()
            if entry.name == _END:
                self._end_at = at
                self._sum = _decoded(entry, _Ending).sha256
                return
            yield _part(entry)
            self._file.seek(start + entry.size + -entry.size % 512)

    def _read_header(self) -> Header:
        entry = self._entry()
        if entry.name != _HEADER:
            raise BadInput("The file is no exported domain.")
        self._begin = self._file.tell() + entry.size + -entry.size % 512
        header = _decoded(entry, Header)
        if header.format != _FORMAT or header.version != VERSION:
            raise BadInput(f"The file has version {header.version}, and this Takahē reads version {VERSION}.")
        return header

    def _entry(self) -> Entry:
        """Read the header of an entry."""
        try:
            entry = tarfile.TarInfo.frombuf(self._file.read(512), "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeError, ValueError) as error:
            raise BadInput("The file is no exported domain, or it is incomplete.") from error
        if entry.type != tarfile.REGTYPE or not 0 <= entry.size <= self._size - self._file.tell():
            raise BadInput("The file is incomplete, or contains links or devices.")
        return Entry(entry.name, entry.size, self._file, self._sealer)


def _sealer_of(file: Path, encryption: Encryption, passphrase: str) -> Sealer:
    if not passphrase:
        raise BadInput(f"{file} is encrypted: set TAKAHE_BACKUP_PASSPHRASE.")
    try:
        return lock(passphrase, encryption)[0]
    except ValueError as error:
        raise BadInput(f"The encryption of {file} can't be read: {error}.") from error


def _part(entry: Entry) -> Part:
    folder, _, rest = entry.name.partition("/")
    if folder == "media" and is_stored_name(rest):
        return Part(folder, rest, entry)
    found = _PART.fullmatch(entry.name)
    if found is None or entry.size > _MAX_PART:
        raise BadInput(f"The file contains an entry that doesn't belong there: {entry.name[:100]!r}.")
    return Part(found[1], found[2], entry)


def _decoded[T](entry: Entry, kind: type[T]) -> T:
    if entry.size > _PIECE:
        raise BadInput("The file is no exported domain.")
    try:
        return msgspec.json.decode(b"".join(entry.pieces()), type=kind)
    except msgspec.DecodeError as error:
        raise BadInput(f"The file is no exported domain: {error}") from error
