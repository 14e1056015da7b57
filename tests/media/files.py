"""Files for these tests: good and malicious ones."""

import importlib.util
import io
import os
import shutil
import struct
import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

type File = tuple[str, bytes, str]


def image(size: tuple[int, int] = (60, 40), form: str = "JPEG", mode: str = "RGB", **options: Any) -> bytes:
    """Return an image whose left half is red and right half blue."""
    picture = Image.new(mode, size, "red")
    picture.paste(Image.new(mode, (size[0] // 2, size[1]), "blue"), (size[0] // 2, 0))
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def with_exif(orientation: int = 6) -> bytes:
    """Return a rotated photo with EXIF data: place, author and a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    return image((120, 40), exif=exif, comment=b"SecretComment", xmp=b"<x:xmpmeta>SecretXmp</x:xmpmeta>")


@cache
def heic(size: tuple[int, int] = (120, 40), brand: str = "heic", turned: bool = False) -> bytes:
    """Return a phone's HEIC file with place and camera, optionally rotated.

    It is made in another process, because the encoder starts threads and this process must not load the decoder.
    """
    program = """
import io, sys, pillow_heif
from PIL import Image
pillow_heif.register_heif_opener()
picture = Image.open(sys.stdin.buffer)
exif = Image.Exif()
exif[0x0112] = int(sys.argv[1])
exif[0x010F] = "SecretCamera"
exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
out = io.BytesIO()
picture.save(out, "HEIF", quality=80, exif=exif.tobytes(), xmp=b"<x:xmpmeta>SecretXmp</x:xmpmeta>")
sys.stdout.buffer.write(out.getvalue())
"""
    command = [sys.executable, "-c", program, str(6 if turned else 1)]
    done = subprocess.run(command, check=True, input=image(size, "PNG"), stdout=subprocess.PIPE)
    return done.stdout.replace(b"ftypheic", b"ftyp" + brand.encode(), 1)


def animation(frames: int = 5, size: tuple[int, int] = (32, 24), delay_ms: int = 100) -> bytes:
    pictures = [Image.new("RGB", size, (n * 40 % 256, 0, 0)) for n in range(frames)]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=delay_ms, loop=0)
    return out.getvalue()


def gif_of_thousands(frames: int = 20_000) -> bytes:
    """Return an animation with thousands of tiny frames."""
    frame = b"!\xf9\x04\x00\x01\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00" + frame * frames + b";"


def png_of(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@cache
def pixel_bomb(side: int = 50_000) -> bytes:
    """Return a blank square that would take gigabytes to decode. The first 100 MB of its rows are real."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(100)) + packer.flush()
    return png_of(side, side, data)


def ffmpeg() -> str | None:
    found = os.environ.get("FFMPEG_FOR_TESTS") or shutil.which("ffmpeg")
    if found is None and importlib.util.find_spec("imageio_ffmpeg"):
        import imageio_ffmpeg

        found = imageio_ffmpeg.get_ffmpeg_exe()
    return found


def film(folder: Path, *options: str, ending: str = "mp4") -> bytes:
    """Return two seconds of video from ffmpeg's test sources."""
    program = ffmpeg()
    assert program is not None
    path = folder / f"source.{ending}"
    command = [program, "-v", "error", "-y", *options, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path.read_bytes()


def hdr(folder: Path, transfer: str, ending: str) -> bytes:
    """Return one second of ffmpeg's test colours in Rec. 2020 with 10 bits, as phones record HDR."""
    coder = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
    if ending == "webm":
        coder = ("-c:v", "libvpx-vp9", "-cpu-used", "8")
    colours = f"zscale=tin=bt709:pin=bt709:min=bt709:rin=tv:t={transfer}:p=bt2020:m=bt2020nc:r=tv:npl=200"
    return film(
        folder, "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1", "-vf", f"{colours},format=yuv420p10le", *coder,
        "-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc", ending=ending,
    )  # fmt: skip


PICTURES = ("-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=2")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2")
SECRETS = ("-metadata", "title=SecretTitle", "-metadata", "location=+48.85+002.35/")


def stored(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("??/*") if path.is_file())
