"""Names of stored files: a random part, a part of the content's hash, and an extension that we chose. Pure except for the random part.

`k5…26 characters…-9f86d081884c7d65.jpg`: the second part is the start of the content's SHA-256, so that a name never refers to other
content, and a backup can be verified. Two uploads of the same picture share no file, so that deleting one does not affect the other.
"""

import base64
import re
import secrets

TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    # as they came from other servers
    "gif": "image/gif",
    "avif": "image/avif",
    "heic": "image/heic",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "aac": "audio/aac",
}
"""Served extensions with their media types. None of them is executed by browsers."""

ENDINGS = {media_type: ending for ending, media_type in TYPES.items()}

RAW = "upload"
"""The extension of an unconverted file, which is never served."""

_NAME = re.compile(rf"[a-z2-7]{{26}}-[0-9a-f]{{16}}\.({'|'.join(TYPES)}|{RAW})")


def new_name(sha256_hex: str, ending: str) -> str:
    """Return a unique file name."""
    token = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
    return f"{token}-{sha256_hex[:16]}.{ending}"


def is_stored_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def served_type(name: str) -> str | None:
    """Return the Content-Type of a stored file; None if the name is invalid, or not to be served."""
    found = _NAME.fullmatch(name)
    return TYPES.get(found[1]) if found else None
