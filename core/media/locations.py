"""The folder of stored files, and their public URLs."""

import shutil
from functools import cache
from pathlib import Path

from core.config import config
from core.media.sniff import CONVERTED_TYPES, IMAGE_TYPES
from core.media.storage import LocalFolder

PATH = "/media/"

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": "inline",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, Content-Length, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Headers that make files harmless in a browser, and usable by apps on other sites."""


def media_root() -> Path:
    return Path(config().media_dir or config().data_dir / "media").absolute()


@cache
def _folder(root: Path) -> LocalFolder:
    return LocalFolder(root)


def storage() -> LocalFolder:
    """Return the storage of uploads."""
    return _folder(media_root())


def url_of(name: str, base_url: str) -> str:
    """Return the URL of a stored file; `base_url` is its owner's domain's."""
    return f"{config().media_url}/{name}" if config().media_url else f"{base_url}{PATH}{name}"


def ffmpeg() -> str | None:
    """Return the path of the ffmpeg program; None if it is not installed."""
    return shutil.which(config().ffmpeg)


def supported_types() -> list[str]:
    """Return the media types that clients may upload, given the installed programs."""
    types = list(IMAGE_TYPES)
    if ffmpeg() is not None:
        types += CONVERTED_TYPES
    return types
