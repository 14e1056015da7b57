"""Limits for copies of other servers' files: bytes, seconds, numbers."""

from core.config import config
from core.media.limits import IMAGE_BYTES, IMAGE_PIXELS, MEGABYTE, PICTURE_BYTES
from federation.models import RemoteFileKind

AT_ONCE = 64  # of files being fetched, per process
OF_A_SITE = 16  # of these for people of one site
TURN_S = 10.0  # how long a file waits until it is among them
HEAD_S = 15.0  # until the head of the answer, with names, connections and redirects
PIECE_S = 10.0  # between two pieces
PICTURE_S = 30.0
FILM_S = 900.0
SLOWEST = (
    4096  # bytes a second of a film, after PICTURE_S: less can't be played, and keeps a place from others
)
LARGEST_FILM = 1024 * MEGABYTE
PIXELS = IMAGE_PIXELS
OVERFULL = 1.25  # times the budget: more is never taken up, with what is on its way
UNRESERVED_BYTES = MEGABYTE // 4  # of a file: less is not worth a transaction. AT_ONCE of them are the error
_STEP_BYTES = 4 * MEGABYTE
ELSEWHERE_S = 60.0  # how long a reader waits for another process that fetches the file

_PICTURES = {
    RemoteFileKind.attachment: IMAGE_BYTES,
    RemoteFileKind.emoji: 2 * MEGABYTE,
}


def most_bytes(kind: RemoteFileKind, *, is_picture: bool) -> int:
    """Return how large a file may be: films and sounds a tenth of the budget, so that none takes the place of everything else."""
    tenth = max(config().remote_media_budget // 10, MEGABYTE)
    return min(tenth, _PICTURES.get(kind, PICTURE_BYTES) if is_picture else LARGEST_FILM)


def overfull_bytes() -> int:
    """Return what all copies, with those on their way, may take up until the worker has made room."""
    return int(config().remote_media_budget * OVERFULL)


def to_reserve(written: int, coming: int, size: int | None) -> int:
    """Return how many bytes a file reserves before `coming` more are written. `size` is what its server said.

    A step at a time: a server that states a large file and sends it slowly must not hold room that others could use.
    """
    ahead = written + max(coming, min(_STEP_BYTES, config().remote_media_budget // 64))
    return ahead if size is None else max(min(ahead, size), written + coming)
