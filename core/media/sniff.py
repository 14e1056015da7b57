"""File types by their first bytes only. File names and declared types are ignored. Pure."""

from dataclasses import dataclass
from typing import Literal

HEAD_BYTES = 64

type Kind = Literal["image", "video", "audio"]


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file type. `reader` is the only Pillow format or ffmpeg demuxer that may read the file."""

    kind: Kind
    media_type: str
    reader: str


_JPEG = Sniffed("image", "image/jpeg", "JPEG")
_PNG = Sniffed("image", "image/png", "PNG")
_GIF = Sniffed("image", "image/gif", "GIF")
_WEBP = Sniffed("image", "image/webp", "WEBP")
_AVIF = Sniffed("image", "image/avif", "AVIF")
_HEIC = Sniffed("image", "image/heic", "HEIF")
_MP4 = Sniffed("video", "video/mp4", "mov")
_M4A = Sniffed("audio", "audio/mp4", "mov")
_QUICKTIME = Sniffed("video", "video/quicktime", "mov")
_MATROSKA = Sniffed("video", "video/webm", "matroska")
_OGG_VIDEO = Sniffed("video", "video/ogg", "ogg")
_OGG = Sniffed("audio", "audio/ogg", "ogg")
_MP3 = Sniffed("audio", "audio/mpeg", "mp3")
_FLAC = Sniffed("audio", "audio/flac", "flac")
_WAV = Sniffed("audio", "audio/wav", "wav")
_AAC = Sniffed("audio", "audio/aac", "aac")

_STARTS = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"\x1aE\xdf\xa3", _MATROSKA),
    (b"fLaC", _FLAC),
    (b"ID3", _MP3),
)
_BRANDS = {
    b"avif": _AVIF,
    b"avis": _AVIF,
    b"heic": _HEIC,
    b"heix": _HEIC,
    b"heim": _HEIC,
    b"heis": _HEIC,
    b"hevc": _HEIC,
    b"hevx": _HEIC,
    b"mif1": _HEIC,
    b"msf1": _HEIC,
    b"qt  ": _QUICKTIME,
    b"M4A ": _M4A,
    b"M4B ": _M4A,
}


def sniff(head: bytes) -> Sniffed | None:
    """Return the type of the file that starts with `head` (HEAD_BYTES of it); None for an unsupported one."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF":
        return {b"WEBP": _WEBP, b"WAVE": _WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        found = _BRANDS.get(head[8:12], _MP4)
        return _AVIF if found is _HEIC and b"avif" in head[16:] else found
    if head[4:8] in {b"moov", b"mdat", b"wide", b"free"}:
        return _QUICKTIME
    if head[:4] == b"OggS":
        return _OGG_VIDEO if b"\x80theora" in head else _OGG
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        layer = head[1] >> 1 & 3
        if layer == 0 and head[1] & 0xF0 == 0xF0:
            return _AAC
        if layer == 1 and head[2] >> 4 != 15:
            return _MP3
    return None


IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/heif")
CONVERTED_TYPES = (
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/ogg",
    "audio/mpeg",
    "audio/mp3",
    "audio/ogg",
    "audio/flac",
    "audio/wav",
    "audio/x-wav",
    "audio/aac",
    "audio/mp4",
    "audio/x-m4a",
)
