"""Emoji packs: reading archives within limits, without ever writing a file under a name from the archive; and writing them.

A zip may have Pleroma's and Akkoma's `pack.json` or Misskey's `meta.json`; otherwise, and in a tar, file names are the shortcodes, and
folders the categories. Only stored and deflated members of a zip, and plain or gzipped tars, are read.
"""

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any

import msgspec

from core.media import limits
from core.media.child.emojis import store_emoji
from core.media.child.errors import Refusal
from core.media.messages import Pack, PackEntry, ReadPack, WritePack
from core.media.sniff import HEAD_BYTES, sniff
from core.media.storage import LocalFolder
from core.texts.emojis import is_shortcode

_MAX_MEMBERS = 10_000  # that are looked at
_PICTURES = {".png", ".apng", ".gif", ".webp", ".avif"}
_READERS = {"PNG", "GIF", "WEBP", "AVIF"}
_LIKE_UNDERSCORES = re.compile(r"[-. +]+")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError, zlib.error,
    UnicodeError, msgspec.MsgspecError,
)  # fmt: skip


class _Named(msgspec.Struct):
    """A picture, where it is in the archive, and what it is called."""

    member: str
    shortcode: str
    category: str = ""


class _PleromaPack(msgspec.Struct):
    files: dict[str, str]


class _MisskeyEmoji(msgspec.Struct):
    name: str
    category: str | None = None


class _MisskeyFile(msgspec.Struct, rename="camel"):
    emoji: _MisskeyEmoji
    file_name: str = ""


class _MisskeyPack(msgspec.Struct):
    emojis: list[_MisskeyFile]


class _Counted(io.RawIOBase):
    """The content of a gzip, up to a bound."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile) -> None:
        self._source, self._left = source, limits.PACK_UNPACKED_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._source.read(min(len(buffer), 65536))
        self._left -= len(piece)
        if self._left < 0:
            raise Refusal("pack_too_large", most=limits.PACK_UNPACKED_BYTES // limits.MEGABYTE)
        buffer[: len(piece)] = piece
        return len(piece)


def read_pack(job: ReadPack, storage: LocalFolder) -> Pack:
    """Return the contents of a stored archive, each picture converted and stored, or with the reason why it can't be."""
    entries: dict[str, PackEntry] = {}
    try:
        with storage.path(job.raw).open("rb") as file:
            for number, (named, content) in enumerate(_pictures(file)):
                if len(entries) == limits.PACK_EMOJIS or number == _MAX_MEMBERS:
                    raise Refusal("pack_too_many", most=limits.PACK_EMOJIS)
                shortcode = _shortcode(named)
                if shortcode not in entries:  # the first of several pictures wins
                    entries[shortcode] = _entry(storage, shortcode, named, content)
    except _BROKEN as error:
        raise Refusal("pack_invalid", detail=f"{type(error).__name__}: {error}"[:300]) from error
    if not entries:
        raise Refusal("pack_empty")
    return Pack(entries=list(entries.values()))


def _shortcode(named: _Named) -> str:
    return _LIKE_UNDERSCORES.sub("_", named.shortcode.strip(":"))[:100]


def _entry(storage: LocalFolder, shortcode: str, named: _Named, content: bytes) -> PackEntry:
    entry = PackEntry(shortcode=shortcode, category=" ".join(named.category.split())[:100])
    found = sniff(content[:HEAD_BYTES])
    if not is_shortcode(shortcode):
        entry.problem = "shortcode_invalid"
    elif len(content) > limits.EMOJI_BYTES:
        entry.problem = "emoji_too_large"
    elif found is None or found.reader not in _READERS:
        entry.problem = "not_for_emoji"
    else:
        try:
            made = store_emoji(storage, io.BytesIO(content), found.reader)
        except Refusal as refusal:
            entry.problem = refusal.code
        else:
            entry.file, entry.static_file = made.file, made.preview_file
    return entry


def _pictures(file: IO[bytes]) -> Iterator[tuple[_Named, bytes]]:
    head = file.read(4)
    file.seek(0)
    if head[:2] == b"PK":
        with zipfile.ZipFile(file) as archive:
            yield from _of_zip(archive)
        return
    source = io.BufferedReader(_Counted(gzip.GzipFile(fileobj=file) if head[:2] == b"\x1f\x8b" else file))
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for number, member in enumerate(tar):
            if number == _MAX_MEMBERS:
                raise Refusal("pack_too_many", most=limits.PACK_EMOJIS)
            if member.isreg() and _is_picture(member.name):
                opened = tar.extractfile(member)
                yield _by_its_name(member.name), opened.read(limits.EMOJI_BYTES + 1) if opened else b""


def _of_zip(archive: zipfile.ZipFile) -> Iterator[tuple[_Named, bytes]]:
    members = {info.filename: info for info in archive.infolist()[:_MAX_MEMBERS] if not info.is_dir()}
    for named in _named(archive, members):
        info = members.get(named.member)
        if info is not None:
            yield named, _content(archive, info, limits.EMOJI_BYTES)


def _named(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> list[_Named]:
    """Return the pictures listed in the description, or all. If there are two descriptions, the one with categories is used."""
    found: dict[str, str] = {}
    for name in members:
        path = PurePosixPath(name)
        if path.name in {"pack.json", "meta.json"} and len(path.parts) <= 2:
            found.setdefault(path.name, name)
    if not found:
        return [_by_its_name(name) for name in members if _is_picture(name)]
    description = found.get("meta.json") or found["pack.json"]
    described = _content(archive, members[description], limits.PACK_DESCRIPTION_BYTES)
    path = PurePosixPath(description)
    folder = path.parent
    if path.name == "pack.json":
        category = "" if str(folder) == "." else folder.name
        pack = msgspec.json.decode(described, type=_PleromaPack)
        return [_Named(str(folder / file), shortcode, category) for shortcode, file in pack.files.items()]
    listed = msgspec.json.decode(described, type=_MisskeyPack).emojis
    return [_Named(str(folder / one.file_name), one.emoji.name, one.emoji.category or "") for one in listed]


def _is_picture(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in _PICTURES and not path.name.startswith(".") and "__MACOSX" not in path.parts


def _by_its_name(name: str) -> _Named:
    path = PurePosixPath(name)
    return _Named(name, path.stem, path.parent.name if path.parent.name not in {"", ".", ".."} else "")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Return a member up to one byte more than the limit, whatever size it claims."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refusal("pack_invalid", detail=f"compression {info.compress_type}")
    with archive.open(info) as member:
        return member.read(most + 1)


def write_pack(job: WritePack, storage: LocalFolder, out: IO[bytes]) -> None:
    """Write stored emoji as a zip with `pack.json` and `meta.json`, which Akkoma, Pleroma and Misskey read."""
    written = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        files = {}
        for entry in job.entries:
            name = f"{entry.shortcode}.{entry.file.rpartition('.')[2]}"
            content = storage.path(entry.file).read_bytes()
            written += len(content)
            if written > limits.PACK_UNPACKED_BYTES:
                raise Refusal("pack_too_large", most=limits.PACK_UNPACKED_BYTES // limits.MEGABYTE)
            archive.writestr(name, content)
            files[entry.shortcode] = name
        pack = {"files": files, "pack": {"description": job.name, "share-files": True}}
        archive.writestr("pack.json", msgspec.json.encode(pack))
        meta = {"metaVersion": 2, "emojis": [_in_misskeys_words(entry, files) for entry in job.entries]}
        archive.writestr("meta.json", msgspec.json.encode(meta))


def _in_misskeys_words(entry: PackEntry, files: dict[str, str]) -> dict[str, Any]:
    emoji: dict[str, Any] = {"name": entry.shortcode, "category": entry.category or None, "aliases": []}
    return {"downloaded": True, "fileName": files[entry.shortcode], "emoji": emoji}
