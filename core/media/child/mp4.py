"""Duration, frame rate and colours of an MP4 just written by ffmpeg, from its own tables (ISO/IEC 14496-12).

ffmpeg's `-progress` reports time stamps, and that of the last frame differs by version; ffprobe is not part of every build.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_ENTRY_BYTES = 86  # the fixed part of a visual sample entry; its boxes follow
_LARGEST_INDEX = 64 * 1024 * 1024

type Boxes = Iterator[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Facts:
    """Seconds, frames per second (0 if unknown), and the transfer function of the colours (ITU-T H.273; 2 if unknown)."""

    duration: float
    frame_rate: float
    transfer: int


def read(file: IO[bytes]) -> Facts:
    """Return the facts. Raises ValueError if the file is not a complete MP4."""
    try:
        return _facts(_index(file))
    except (struct.error, IndexError, ZeroDivisionError) as error:
        raise ValueError("not an MP4 as ffmpeg writes it") from error


def _index(file: IO[bytes]) -> bytes:
    """Return the content of its `moov` box, the only one that is read completely."""
    while len(header := file.read(8)) == 8:
        size, kind = struct.unpack(">I4s", header)
        content = size - 8
        if size == 1:
            content = struct.unpack(">Q", file.read(8))[0] - 16
        if kind == b"moov" and 0 <= content <= _LARGEST_INDEX:
            return file.read(content)
        if content < 0:
            break
        file.seek(content, 1)
    raise ValueError("an MP4 without an index")


def _boxes(data: bytes) -> Boxes:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8:
            return
        yield kind, data[at + 8 : at + size]
        at += size


def _within(data: bytes, *path: bytes) -> bytes:
    """Return the content of the first box at this path; empty if there is none."""
    for wanted in path:
        data = next((content for kind, content in _boxes(data) if kind == wanted), b"")
    return data


def _facts(index: bytes) -> Facts:
    scale, length = _clock(_within(index, b"mvhd"))
    rate, transfer = 0.0, 2
    for kind, track in _boxes(index):
        media = _within(track, b"mdia") if kind == b"trak" else b""
        if _within(media, b"hdlr")[8:12] == b"vide":
            table = _within(media, b"minf", b"stbl")
            rate = _rate(_within(table, b"stts"), _clock(_within(media, b"mdhd"))[0])
            transfer = _transfer(_within(table, b"stsd"))
            break
    return Facts(duration=length / scale, frame_rate=rate, transfer=transfer)


def _clock(header: bytes) -> tuple[int, int]:
    """Return ticks per second and the length in ticks."""
    return struct.unpack_from(">IQ", header, 20) if header[0] == 1 else struct.unpack_from(">II", header, 12)


def _rate(steps: bytes, scale: int) -> float:
    """Return the average frame rate: the number of frames over their total duration."""
    frames = ticks = 0
    for number, step in struct.iter_unpack(">II", steps[8:]):
        frames += number
        ticks += number * step
    return frames * scale / ticks if ticks else 0.0


def _transfer(descriptions: bytes) -> int:
    colours = _within(descriptions[8 + _ENTRY_BYTES :], b"colr")
    return struct.unpack_from(">H", colours, 6)[0] if colours[:4] in {b"nclx", b"nclc"} else 2
