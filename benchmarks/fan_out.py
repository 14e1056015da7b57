"""Fan-out of one post to 10,000 local followers, from the write to the last home timeline, compared with one INSERT … SELECT of 10,000 rows
into a table with the key, index and foreign keys that Django would make. Prints the same INSERT into our table, which has no foreign keys.

`python -m benchmarks.fan_out`
"""

import asyncio
import statistics
import time
from typing import Any

from benchmarks.support.common import report
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import AUTHORS, make_people, run

FOLLOWERS = 10_000
WARM_UP = 12  # a worker that has run for a while: Postgres plans a statement anew the first ten times
ROUNDS = 7


_TABLE = """CREATE TABLE bench_entry (
    identity_id bigint REFERENCES users_identity (id) DEFERRABLE INITIALLY DEFERRED,
    post_id bigint REFERENCES activities_post (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (identity_id, post_id));
    CREATE INDEX ON bench_entry (post_id)"""


async def _plain(table: str, post_id: int, viewer: int) -> float:
    from core.db import sql

    await sql.run(f"DELETE FROM {table}")
    start = time.perf_counter()
    await sql.run(
        f"""INSERT INTO {table} (identity_id, post_id)
            SELECT id, %(post)s FROM users_identity WHERE id > %(viewer)s""",
        {"post": post_id, "viewer": viewer},
    )
    return time.perf_counter() - start


async def _ours(author: Any) -> tuple[float, int]:
    """Return the seconds from the service call, and the post's id. The worker runs in this process and is idle before the call."""
    from activities.posts.models import Visibility
    from activities.publishing.services.drafts import PostDraft
    from activities.publishing.services.posting import write_post
    from core.db import sql

    await sql.run("DELETE FROM activities_homeentry")
    start = time.perf_counter()
    post = await write_post(
        author=author, draft=PostDraft(text="hello everyone", visibility=Visibility.public)
    )
    while True:
        there = await sql.value("SELECT count(*) FROM activities_homeentry WHERE post_id = %s", [post.pk])
        if there > FOLLOWERS:
            return time.perf_counter() - start, post.pk
        await asyncio.sleep(0.002)


async def _main() -> None:
    from activities.posts.models import Post, Spread
    from core.db import own_connection, sql
    from stator.workers.worker import Worker
    from users.identities.models import Identity

    async with own_connection():
        viewer = await make_people(FOLLOWERS)
        assert viewer == AUTHORS + 1
        author = await Identity.objects.aget(pk=1)
        await sql.run("VACUUM ANALYZE")
        stop = asyncio.Event()
        task = asyncio.create_task(Worker([Post, Spread], with_jobs=False).run(stop))
        await asyncio.sleep(0.5)
        await sql.run(_TABLE)
        ours, plain, unchecked = [], [], []
        for _ in range(WARM_UP):
            await _ours(author)
        for _ in range(ROUNDS):
            spent, post_id = await _ours(author)
            ours.append(spent * 1000)
            unchecked.append(await _plain("activities_homeentry", post_id, viewer) * 1000)
            plain.append(await _plain("bench_entry", post_id, viewer) * 1000)
        stop.set()
        await task
    print(f"  one INSERT into the same table: {statistics.median(unchecked):.1f} ms")
    report(
        "fan-out to 10,000 followers",
        statistics.median(ours),
        statistics.median(plain),
        3,
        unit=" ms",
        at_most=True,
    )


if __name__ == "__main__":
    with migrated_database():
        run(_main)
