"""Counting the frames of a GIF without decoding any (www.w3.org/Graphics/GIF/spec-gif89a.txt)."""

from typing import IO

from core.media.child.errors import Refusal
from core.media.limits import GIF_FRAMES


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise Refusal(detail="a GIF that ends early")
    return data


def _skip_blocks(file: IO[bytes]) -> None:
    while size := _exactly(file, 1)[0]:
        _exactly(file, size)


def _skip_colours(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        _exactly(file, 3 << ((flags & 7) + 1))


def count_frames(file: IO[bytes]) -> int:
    """Return the number of pictures in it. Raises Refusal for a broken one, and for one with too many."""
    file.seek(0)
    header = _exactly(file, 13)
    _skip_colours(file, header[10])
    frames = 0
    while (block := file.read(1)) == b"!" or block == b",":
        if block == b"!":
            _exactly(file, 1)
        else:
            frames += 1
            if frames > GIF_FRAMES:
                raise Refusal("too_many_frames", most=GIF_FRAMES)
            _skip_colours(file, _exactly(file, 9)[8])
            _exactly(file, 1)
        _skip_blocks(file)
    file.seek(0)
    return frames
