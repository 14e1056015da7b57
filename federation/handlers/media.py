"""Jobs that keep copies of remote media within their budget, and remove those of refused servers."""

import datetime as dt

from core.config import config
from core.db import delete_batch, sql
from federation.documents import host_of
from federation.media import eviction, measuring
from federation.media.queries import hosts_with_files, sources_of_files
from federation.media.refusal import is_refused, is_refused_source
from stator import every

_FAILURES_KEPT = dt.timedelta(days=30)


@every(dt.timedelta(seconds=10), name="federation.media_budget", timeout=dt.timedelta(minutes=10))
async def enforce_media_budget() -> int:
    """Remove the least recently viewed copies while all copies exceed TAKAHE_REMOTE_MEDIA_BUDGET; all of them if that is 0."""
    return await eviction.enforce_budget(config().remote_media_budget)


@every(dt.timedelta(minutes=1), name="federation.refused_media")
async def remove_refused_media() -> int:
    """Remove copies of servers that were blocked, or whose media was refused, after they were made: both of media of their users and of
    files that they host, including pictures of linked pages.
    """
    removed = 0
    for host in await hosts_with_files():
        if await is_refused(host):
            removed += await eviction.evict_host(host, with_cards=False)
    for name in await sources_of_files():
        if await is_refused_source(host_of(f"https://{name}/")):
            removed += await eviction.evict_source(name)
    return removed


@every(dt.timedelta(hours=6), name="federation.own_media", timeout=dt.timedelta(hours=1))
async def measure_uploads() -> int:
    """Measure the size of local uploads, for the administration page."""
    return await measuring.measure_uploads()


@every(dt.timedelta(hours=6), name="federation.forgotten_media")
async def delete_old_failures() -> None:
    """Delete failures that nobody requested for a month, and sums that are zero."""
    condition = "file = '' AND viewed_at < now() - %(kept)s::interval"
    while await delete_batch("federation_remotefile", condition, {"kept": _FAILURES_KEPT}):
        pass
    await sql.run("DELETE FROM federation_remotemediause WHERE files = 0 AND host <> ''")
