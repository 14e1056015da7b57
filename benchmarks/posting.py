"""Posting through the API, with 100 local followers and a worker that fans out beside it: the 95th percentile of the answer's time, beside
that of one INSERT with its commit. One client each, one after the other.

`python -m benchmarks.posting`
"""

import asyncio
import os
import sys
import time

from benchmarks.common import asgi_server, load, process, report
from benchmarks.timeline_data import (
    FIRST_FOLLOWER,
    HOST,
    TOKEN,
    make_people,
    make_token,
    migrated_database,
    run,
    write_posts,
)

BOUND = 10
ROUNDS = 3
FOLLOWERS = 100
INSERTS = 1_000
BODY = b'{"status": "A post to measure posting, with a #bench hashtag and https://bench.test/a-link", "visibility": "public"}'


async def _prepare() -> None:
    from core.db import own_connection
    from users.models import Identity

    async with own_connection():
        viewer_id = await make_people(FOLLOWERS)
        assert viewer_id < FIRST_FOLLOWER
        await write_posts(2_000, viewer_id)
        await make_token(await Identity.objects.aget(pk=1))


async def _inserts() -> float:
    """Milliseconds: the 95th percentile of one INSERT commit of a post's size."""
    import psycopg

    times = []
    connection = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
    async with connection:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS bench_post (id bigserial PRIMARY KEY, body text, at timestamptz)"
        )
        for _ in range(INSERTS):
            started = time.perf_counter()
            await connection.execute("INSERT INTO bench_post (body, at) VALUES (%s, now())", [BODY.decode()])
            times.append(time.perf_counter() - started)
    return sorted(times)[int(INSERTS * 0.95)] * 1000


def _posts() -> float:
    """Milliseconds: the 95th percentile of our answer."""
    environment = {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with (
        process([sys.executable, "-m", "takahe", "worker"], environment),
        asgi_server("takahe.asgi:application", environment) as port,
    ):
        seen = load(
            port,
            "/api/v1/statuses",
            host=HOST,
            clients=1,
            seconds=4,
            method="POST",
            headers=headers,
            body=BODY,
        )
    if seen.errors:
        raise SystemExit(f"{seen.errors} errors")
    print(f"  {seen.per_second:.0f} posts/s, p50 {seen.p50_ms:.1f} ms, p95 {seen.p95_ms:.1f} ms")
    return seen.p95_ms


def main() -> bool:
    """Both in turn, three times; the best of each counts."""
    with migrated_database():
        run(_prepare)
        ours = beside = float("inf")
        for _ in range(ROUNDS):
            beside = min(beside, asyncio.run(_inserts()))
            ours = min(ours, _posts())
        return report("posting, 100 local followers, p95", ours, beside, BOUND, unit=" ms", at_most=True)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
