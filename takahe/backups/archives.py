"""The files of a backup: a zip with rows, keys and a list of the media, which are in it, or in a folder that several backups share.

A zip that is not whole has another name (part_files.py); the next backup of a folder removes it.
"""

import hashlib
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec

from core.errors import BadInput
from takahe.backups.part_files import MODE, PartFile
from takahe.backups.sealing import PIECE, SALT_BYTES, Sealer

FORMAT = 1
_LOCK = "encryption.json"
_MANIFEST = "manifest.json"
_MOST_SMALL = 32 << 20


class Encryption(msgspec.Struct, frozen=True):
    """The salt of the key that encrypts the other parts, and what recognises it; both are hexadecimal."""

    salt: str
    check: str


class Table(msgspec.Struct, frozen=True):
    """A table of a backup: how many rows it has, in which columns, and the SHA-256 of their COPY text."""

    name: str
    columns: list[str]
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a backup. Written last."""

    format: int
    made_at: str
    version: str
    domains: list[str]
    tables: list[Table]
    sequences: dict[str, tuple[int, bool]]
    media_files: int
    media_bytes: int
    needs: list[str]


class Put(NamedTuple):
    """The number of bytes of a part before they were packed and encrypted, and their SHA-256."""

    size: int
    sha256: str


def lock(passphrase: str, known: Encryption | None = None) -> tuple[Sealer, Encryption]:
    """Return a sealer, with the salt of what is there already. Raises BadInput if that has another passphrase."""
    salt = bytes.fromhex(known.salt) if known else secrets.token_bytes(SALT_BYTES)
    sealer = Sealer(passphrase, salt)
    if known is None:
        return sealer, Encryption(salt.hex(), sealer.check().hex())
    if not sealer.opens(bytes.fromhex(known.check)):
        raise BadInput("TAKAHE_BACKUP_PASSPHRASE is not the passphrase of this file.")
    return sealer, known


class Writer:
    """A backup that is being written."""

    def __init__(self, path: Path, sealer: Sealer | None, encryption: Encryption | None) -> None:
        self._sealer = sealer
        self._part = PartFile(path)
        self._zip = zipfile.ZipFile(self._part.file, "w", zipfile.ZIP_STORED)
        if encryption is not None:
            self._zip.writestr(_LOCK, msgspec.json.encode(encryption))

    def put(self, name: str, content: Iterable[bytes], *, packs: bool = True) -> Put:
        """Write a part, compressed unless it is media."""
        seen = _Seen(content)
        parts = _pack(seen) if packs else iter(seen)
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
            for part in parts if self._sealer is None else self._sealer.seal(name, parts):
                entry.write(part)
        return seen.put()

    def finish(self, manifest: Manifest) -> None:
        """Write what the backup has, and give the file its name once it is on the disk."""
        self.put(_MANIFEST, [msgspec.json.format(msgspec.json.encode(manifest), indent=1)])
        self._zip.close()
        self._part.finish()

    def give_up(self) -> None:
        """Remove what was written."""
        self._part.give_up()
        with suppress(OSError, ValueError):  # it writes its end, for which there is no file any more
            self._zip.close()

    @property
    def size(self) -> int:
        """The number of bytes that were written."""
        return self._part.file.tell()


class Reader:
    """A finished backup. Raises BadInput for a file that is none, and for a missing or another passphrase."""

    def __init__(self, path: Path, passphrase: str) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self._names = set(self._zip.namelist())
        except (OSError, zipfile.BadZipFile) as error:
            raise BadInput(f"{path} can't be read as a backup: {error}.") from error
        self._path, self._sealer = path, None
        if _LOCK in self._names:
            if not passphrase:
                raise BadInput(f"{path} is encrypted: set TAKAHE_BACKUP_PASSPHRASE.")
            self._sealer, _ = lock(passphrase, read_encryption(self._zip.read(_LOCK)))
        elif passphrase:
            raise BadInput(
                f"{path} is not encrypted, but TAKAHE_BACKUP_PASSPHRASE is set: was it put there by somebody else? Restore it without that "
                "setting if you know where it comes from."
            )
        if _MANIFEST not in self._names:
            raise BadInput(f"{path} is no backup of Takahē, or it is not whole.")
        try:
            self.manifest = msgspec.json.decode(self.read_small(_MANIFEST), type=Manifest)
        except msgspec.MsgspecError as error:
            raise BadInput(f"{path} is no backup that this version reads: {error}.") from error
        if self.manifest.format != FORMAT:
            raise BadInput(
                f"{path} was written by Takahē {self.manifest.version}; this version reads format {FORMAT} only."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def has(self, name: str) -> bool:
        """Return whether there is such a part."""
        return name in self._names

    def read(self, name: str, *, packs: bool = True) -> Iterator[bytes]:
        """Yield the content of a part. Raises BadInput for one that is missing or damaged."""
        try:
            with self._zip.open(name) as entry:
                parts: Iterator[bytes] = iter(lambda: entry.read(PIECE), b"")
                if self._sealer is not None:
                    parts = self._sealer.unseal(name, parts)
                yield from _unpack(parts) if packs else parts
        except (KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise BadInput(f"{name} in {self._path} is missing or damaged: {error}.") from error

    def read_small(self, name: str) -> bytes:
        """Return the content of a part that is never large. Raises BadInput for one that is."""
        found = bytearray()
        for part in self.read(name):
            found += part
            if len(found) > _MOST_SMALL:
                raise BadInput(f"{name} in {self._path} is damaged: it is too large.")
        return bytes(found)

    @property
    def is_proven(self) -> bool:
        """True if it was written by somebody who knows the passphrase."""
        return self._sealer is not None

    def media(self) -> Iterator[str]:
        """Yield the names of the media, line by line."""
        held = b""
        for part in self.read("media.txt"):
            *lines, held = (held + part).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")

    def read_media(self, name: str) -> Iterator[bytes]:
        """Yield the content of one of the media."""
        if self.has(f"media/{name}"):
            return self.read(f"media/{name}", packs=False)
        return self._read_shared(name)

    def _read_shared(self, name: str) -> Iterator[bytes]:
        path = shared_path(self._path.parent, name)
        try:
            with path.open("rb") as file:
                parts: Iterator[bytes] = iter(lambda: file.read(PIECE), b"")
                yield from self._sealer.unseal(name, parts) if self._sealer else parts
        except OSError as error:
            raise BadInput(f"{path} is missing from the backup: {error}.") from error


class _Seen:
    """Content on its way: counts its bytes."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self._content, self._size, self._hash = content, 0, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for part in self._content:
            self._size += len(part)
            self._hash.update(part)
            yield part

    def put(self) -> Put:
        return Put(self._size, self._hash.hexdigest())


def read_encryption(text: bytes) -> Encryption:
    """Return what a backup says about its encryption. Raises BadInput."""
    try:
        found = msgspec.json.decode(text, type=Encryption)
        bytes.fromhex(found.salt), bytes.fromhex(found.check)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadInput(f"The encryption of the backup can't be read: {error}.") from error
    return found


def encryption_of(folder: Path) -> Encryption | None:
    """Return how the backups of a folder are encrypted."""
    path = folder / _LOCK
    return read_encryption(path.read_bytes()) if path.exists() else None


def keep_encryption(folder: Path, encryption: Encryption) -> None:
    """Store it beside the shared media."""
    write_durably(folder / _LOCK, [msgspec.json.encode(encryption)])


def shared_path(folder: Path, name: str) -> Path:
    """Return where a folder of backups has one of the media."""
    return folder / "media" / name[:2] / name


def write_durably(
    path: Path, content: Iterable[bytes], *, mode: int = MODE, folder_mode: int = 0o700
) -> None:
    """Write a file that is there as a whole, after a power failure too, or not at all."""
    path.parent.mkdir(mode=folder_mode, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            for piece in content:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _pack(content: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(3, wbits=31)  # as gzip does
    for part in content:
        yield packer.compress(part)
    yield packer.flush()


def _unpack(content: Iterable[bytes]) -> Iterator[bytes]:
    unpacker: Any = zlib.decompressobj(wbits=31)
    for part in content:
        held = part
        while held:
            yield unpacker.decompress(held, PIECE)
            held = unpacker.unconsumed_tail
    yield unpacker.flush()
    if not unpacker.eof:
        raise zlib.error("it ends too early")
