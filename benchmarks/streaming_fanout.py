"""One public post to 5,000 streaming clients: from the service call until the last client has received it. Real web process, real worker.

python -m benchmarks.streaming_fanout      bound: 2 s

All of them follow the author: `user` is each client's own home stream (which includes writing 5,000 home entries), `public` is shared by all.
"""

import sys
import time

from benchmarks.support.common import cpu_seconds
from benchmarks.support.database import migrated_database
from benchmarks.support.streaming import (
    CLIENTS,
    KINDS,
    MARKER,
    Clients,
    prepare,
    raise_file_limit,
    web_process,
    worker_process,
)
from benchmarks.support.timeline_data import run

BOUND_S = 2.0


async def _write() -> None:
    from activities.posts.models import Visibility
    from activities.publishing.services.drafts import PostDraft
    from activities.publishing.services.posting import write_post
    from core.db import release_connection
    from users.domains.queries import domain_by_id
    from users.identities.models import Identity

    author = await Identity.objects.aget(pk=1)
    author.domain = await domain_by_id(author.domain_id)
    await write_post(author=author, draft=PostDraft(text=MARKER, visibility=Visibility.public))
    await release_connection()


def _measure(kind: str, stream: str) -> float:
    with web_process() as (port, pid), worker_process():
        clients = Clients(port, kind, stream)
        clients.ready()
        time.sleep(3)  # the worker has started and nothing else is running
        before = cpu_seconds(pid)
        started = time.monotonic()
        run(_write)
        seen = clients.heard()
        used = cpu_seconds(pid) - before
        clients.stop()
    if seen.heard != CLIENTS or seen.lost:
        raise SystemExit(f"{kind} {stream}: {seen.heard} heard it, {seen.lost} lost")
    print(
        f"  {stream} over {kind}: first after {seen.first - started:.2f} s, last after {seen.last - started:.2f} s,"
        f" {used:.2f} s processor time of the web process"
    )
    return seen.last - started


def main() -> bool:
    """Test both protocols and both streams; the slowest counts."""
    slowest = max(_measure(kind, stream) for kind in KINDS for stream in ("public", "user"))
    verdict = "ok" if slowest <= BOUND_S else "MISSED"
    print(f"one post to {CLIENTS} streaming clients: {slowest:.2f} s, bound ≤ {BOUND_S:.0f} s {verdict}")
    return slowest <= BOUND_S


if __name__ == "__main__":
    raise_file_limit()
    with migrated_database():
        run(prepare)
        sys.exit(0 if main() else 1)
