"""Small PNG pictures with a colour gradient, written without an image library, because those stay in child processes."""

import struct
import tempfile
import zlib
from random import Random

from django.core.files.uploadedfile import UploadedFile

_WIDTH, _HEIGHT = 320, 200


def picture(random: Random) -> UploadedFile:
    """Return a picture as an uploaded file, to be closed by the caller. The same random numbers make the same picture."""
    start, end = ([random.randrange(256) for _ in range(3)] for _ in range(2))
    rows = []
    for y in range(_HEIGHT):
        colour = bytes(a + (b - a) * y // _HEIGHT for a, b in zip(start, end, strict=True))
        rows.append(b"\0" + colour * _WIDTH)  # each row begins with its filter: none
    body = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(b"".join(rows), 1))
        + _chunk(b"IEND", b"")
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the upload closes it
    file.write(body)
    file.seek(0)
    return UploadedFile(file, "picture.png", "image/png", len(body))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
