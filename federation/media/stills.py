"""Still versions of animated remote emoji: the first frame, made in a child process.

Still images are stored unchanged. One is made at a time: pages show many emoji, and uploads wait for the same child processes.
"""

import asyncio
import os

from core.db import release_connection
from core.errors import Invalid, Unavailable
from core.media import children
from core.media.incoming import IncomingFile
from core.media.locations import media_root, storage
from core.media.messages import ConvertedFile, ConvertStill
from core.server_state import PerServer
from federation.media.errors import BUSY, FileUnavailable

_READERS = {"image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP", "image/avif": "AVIF"}
_HEAD_BYTES = 64 * 1024  # an APNG declares its animation before the first frame
_turns = PerServer(lambda: asyncio.Semaphore(1))


def may_move(media_type: str, head: bytes) -> bool:
    """Return whether a picture with these first bytes may be animated."""
    match media_type:
        case "image/png":
            return b"acTL" in head.partition(b"IDAT")[0]
        case "image/webp":
            return head[12:16] == b"VP8X" and bool(head[20:21] and head[20] & 0x02)
        case "image/avif":
            return b"avis" in head[:64]
    return media_type == "image/gif"


async def still_of(incoming: IncomingFile, media_type: str) -> tuple[str, int] | None:
    """Store the first frame of an animated picture and return its name and size; None for a still one. Raises FileUnavailable."""
    if not may_move(media_type, os.pread(incoming.descriptor, _HEAD_BYTES, 0)):
        return None
    await release_connection()
    try:
        async with _turns():
            os.lseek(incoming.descriptor, 0, os.SEEK_SET)
            job = ConvertStill(root=str(media_root()), reader=_READERS[media_type])
            made = await children.run(job, incoming.descriptor)
    except Unavailable as error:
        raise FileUnavailable(BUSY, status=503, is_ours=True, wait_s=5) from error
    except Invalid as error:
        raise FileUnavailable("it can't be read as a picture", is_gone=True) from error
    assert isinstance(made, ConvertedFile)
    return made.file, storage().path(made.file).stat().st_size
