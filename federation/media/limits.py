"""Limits for copies of other servers' files: bytes, seconds, numbers."""

from core.config import config
from core.media.limits import IMAGE_BYTES, IMAGE_PIXELS, MEGABYTE, PICTURE_BYTES
from federation.models import RemoteFileKind

CONCURRENCY = 64  # files being fetched, per process
MAX_PER_SITE = 16  # of these, for users of one site
QUEUE_TIMEOUT_S = 10.0  # how long a file waits for its turn
HEAD_TIMEOUT_S = 15.0  # until the response headers, including DNS, connecting and redirects
CHUNK_TIMEOUT_S = 10.0  # between two chunks
IMAGE_TIMEOUT_S = 30.0
VIDEO_TIMEOUT_S = 900.0
MIN_BYTES_PER_S = (
    4096  # bytes a second of a video, after PICTURE_S: slower ones can't be played, and block others
)
MAX_VIDEO_BYTES = 1024 * MEGABYTE
MAX_PIXELS = IMAGE_PIXELS
OVER_BUDGET_FACTOR = 1.25  # times the budget: the limit including files being fetched
# of a file: smaller reservations are not worth a transaction. Up to AT_ONCE of them are not counted
UNRESERVED_BYTES = MEGABYTE // 4
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
    """Return the size limit of all copies, with those being fetched, until the worker has evicted some."""
    return int(config().remote_media_budget * OVER_BUDGET_FACTOR)


def to_reserve(written: int, coming: int, size: int | None) -> int:
    """Return how many bytes to reserve for a file before `coming` more are written. `size` is stated by its server.

    In steps: a server that states a large size and sends slowly must not reserve space that others could use.
    """
    ahead = written + max(coming, min(_STEP_BYTES, config().remote_media_budget // 64))
    return ahead if size is None else max(min(ahead, size), written + coming)
