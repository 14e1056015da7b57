"""Removal of copies: those looked at longest ago first, all of a server, all that are over the budget. Files go before their rows.

A process that dies in between leaves rows without files, which are first in line again.
"""

from core.db import release_connection, sql
from core.logs import get_logger
from core.media import children
from core.media.locations import media_root
from core.media.messages import RemoveFiles
from federation import metrics
from federation.media import files
from federation.media.queries import SOURCE
from federation.models import RemoteFileKind

log = get_logger(__name__)

BATCH_SIZE = 500
_ROOM = 0.95  # of the budget is left in use, so that not every file that comes makes one go


async def evict_to(most_bytes: int) -> int:
    """Remove the copies looked at longest ago until the rest takes up at most this; return how many went. Served by federation_remotefile_viewed."""
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
    """Remove all copies of a server's media; return how many went. Served by federation_remotefile_host.

    Without cards: the pictures of linked pages stay.
    """
    return await _evict("host = %s" if with_cards else f"host = %s AND kind <> '{RemoteFileKind.card}'", host)


async def evict_source(name: str) -> int:
    """Remove all copies of files that a host stores, whoever's they are; return how many went. Served by federation_remotefile_source.

    `name` is the host as it is in the files' addresses.
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
    """Make room when the copies are over their budget, with what is being fetched."""
    reserved = await files.reserved_bytes()
    if await files.total_bytes() + reserved <= budget:
        return 0
    removed = await evict_to(max(int(budget * _ROOM) - reserved, 0))
    log.info("media.evicted", files=removed, budget=budget)
    return removed


async def _remove(rows: list[tuple[object, ...]]) -> int:
    keys, names = zip(*rows, strict=True)
    await release_connection()
    await children.run_long(RemoveFiles(root=str(media_root()), names=list(names)))
    removed = await files.delete_copies(keys, names)
    metrics.count("media", "evicted", removed)
    return removed
