"""Removal of copies: least recently viewed first, all of a server, or all beyond the budget. Files are deleted before their rows.

A process that dies in between leaves rows without files, which are removed first next time.
"""

from core.db import release_connection, sql
from core.logs import get_logger
from core.media import children, disk
from core.media.locations import media_root
from core.media.messages import RemoveFiles
from federation import metrics
from federation.media import files
from federation.media.queries import SOURCE
from federation.models import RemoteFileKind

log = get_logger(__name__)

BATCH_SIZE = 500
_ROOM = 0.95  # the fraction of the budget to evict to, so that not every new file causes an eviction


async def evict_to(most_bytes: int) -> int:
    """Remove the least recently viewed copies until the rest is at most this large; return how many. Served by federation_remotefile_viewed."""
    removed = 0
    while (over := await files.total_bytes() - most_bytes) > 0:
        rows = await sql.rows(
            """SELECT key, file FROM (
                   SELECT key, file, viewed_at, sum(bytes) OVER (ORDER BY viewed_at, key) - bytes AS before FROM (
                       SELECT key, file, bytes, viewed_at FROM federation_remotefile WHERE file <> ''
                       ORDER BY viewed_at, key LIMIT %(most)s) oldest) r
               WHERE before < %(over)s""",
            {"most": BATCH_SIZE, "over": over},
        )
        if not rows:
            break
        removed += await _remove(rows)
    return removed


async def evict_host(host: str, *, with_cards: bool = True) -> int:
    """Remove all copies of a server's media; return how many. Served by federation_remotefile_host.

    Without cards: the pictures of linked pages are kept.
    """
    return await _evict("host = %s" if with_cards else f"host = %s AND kind <> '{RemoteFileKind.card}'", host)


async def evict_source(name: str) -> int:
    """Remove all copies of files stored by a host, whoever owns them; return how many. Served by federation_remotefile_source.

    `name` is the host as in the files' URLs.
    """
    return await _evict(f"{SOURCE} = %s", name)


async def _evict(condition: str, host: str) -> int:
    removed = 0
    while rows := await sql.rows(
        f"SELECT key, file FROM federation_remotefile WHERE {condition} AND file <> '' ORDER BY viewed_at LIMIT %s",
        [host, BATCH_SIZE],
    ):
        removed += await _remove(rows)
    return removed


async def enforce_budget(budget: int) -> int:
    """Remove copies if they exceed their budget, counting those being fetched, or if the disk needs their space."""
    reserved, used = await files.reserved_bytes(), await files.total_bytes()
    room = disk.room_for_copies(used)
    if used + reserved <= budget and room is None:
        return 0
    most = max(int(budget * _ROOM) - reserved, 0) if used + reserved > budget else used
    removed = await evict_to(most if room is None else min(most, room))
    if removed:
        log.info("media.evicted", files=removed, budget=budget)
    return removed


async def _remove(rows: list[tuple[object, ...]]) -> int:
    keys, names = zip(*rows, strict=True)
    await release_connection()
    await children.run_long(RemoveFiles(root=str(media_root()), names=list(names)))
    removed = await files.delete_copies(keys, names)
    metrics.count("media", "evicted", removed)
    return removed
