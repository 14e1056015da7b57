"""Limits for copies of other servers' files: bytes, seconds, numbers."""

from core.config import config
from core.media.limits import IMAGE_BYTES, IMAGE_PIXELS, MEGABYTE, PICTURE_BYTES
from federation.models import RemoteFileKind

CONCURRENCY = 64  # of files being fetched, per process
MAX_PER_SITE = 16  # of these for people of one site
QUEUE_TIMEOUT_S = 10.0  # how long a file waits until it is among them
HEAD_TIMEOUT_S = 15.0  # until the head of the answer, with names, connections and redirects
CHUNK_TIMEOUT_S = 10.0  # between two pieces
IMAGE_TIMEOUT_S = 30.0
VIDEO_TIMEOUT_S = 900.0
MIN_BYTES_PER_S = (
    4096  # bytes a second of a film, after PICTURE_S: less can't be played, and keeps a place from others
)
MAX_VIDEO_BYTES = 1024 * MEGABYTE
MAX_PIXELS = IMAGE_PIXELS
OVER_BUDGET_FACTOR = 1.25  # times the budget: more is never taken up, with what is on its way
UNRESERVED_BYTES = MEGABYTE // 4  # of a file: less is not worth a transaction. AT_ONCE of them are the error
_STEP_BYTES = 4 * MEGABYTE
OTHER_PROCESS_TIMEOUT_S = 60.0  # how long a reader waits for another process that fetches the file

_PICTURES = {
    RemoteFileKind.attachment: IMAGE_BYTES,
    RemoteFileKind.emoji: 2 * MEGABYTE,
    RemoteFileKind.still: 2 * MEGABYTE,
}


def max_bytes(kind: RemoteFileKind, *, is_picture: bool) -> int:
    """Return the size limit of a file. Video and audio get a tenth of the budget, so that one file can't evict all others."""
    tenth = max(config().remote_media_budget // 10, MEGABYTE)
    return min(tenth, _PICTURES.get(kind, PICTURE_BYTES) if is_picture else MAX_VIDEO_BYTES)


def overfull_bytes() -> int:
    """Return what all copies, with those on their way, may take up until the worker has made room."""
    return int(config().remote_media_budget * OVER_BUDGET_FACTOR)


def to_reserve(written: int, coming: int, size: int | None) -> int:
    """Return how many bytes a file reserves before `coming` more are written. `size` is what its server said.

    A step at a time: a server that states a large file and sends it slowly must not hold room that others could use.
    """
    ahead = written + max(coming, min(_STEP_BYTES, config().remote_media_budget // 64))
    return ahead if size is None else max(min(ahead, size), written + coming)
