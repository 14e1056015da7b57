"""Posting through the API with 100 local followers, while a worker fans out: the 95th percentile of the response time, compared with that of one
committed INSERT. The two take turns, so that both have the same disk and the same worker.

`python -m benchmarks.posting`
"""

import asyncio
import os
import sys
import time

from benchmarks.support.common import asgi_server, process, report
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import (
    FIRST_FOLLOWER,
    HOST,
    TOKEN,
    make_people,
    make_token,
    run,
    write_posts,
)

BOUND = 10
WARM_UP, TURNS = 100, 1_000
FOLLOWERS = 100
BODY = b'{"status": "A post to measure posting, with a #bench hashtag and https://bench.test/a-link", "visibility": "public"}'
REQUEST = (
    f"POST /api/v1/statuses HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {TOKEN}\r\n"
    f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY


async def _prepare() -> None:
    from core.db import own_connection
    from users.identities.models import Identity

    async with own_connection():
        viewer_id = await make_people(FOLLOWERS)
        assert viewer_id < FIRST_FOLLOWER
        await write_posts(2_000, viewer_id)
        await make_token(await Identity.objects.aget(pk=1))


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    started = time.perf_counter()
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
    body = await reader.readexactly(length)
    spent = time.perf_counter() - started
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit((head + body).decode())
    return spent


async def _take_turns(port: int) -> tuple[list[float], list[float]]:
    """Return the seconds of each post and of each insert."""
    import psycopg

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
    posts, inserts = [], []
    async with connection:
        await connection.execute(
            "CREATE TABLE bench_post (id bigserial PRIMARY KEY, body text, at timestamptz)"
        )
        for _ in range(WARM_UP + TURNS):
            posts.append(await _post(reader, writer))
            started = time.perf_counter()
            await connection.execute("INSERT INTO bench_post (body, at) VALUES (%s, now())", [BODY.decode()])
            inserts.append(time.perf_counter() - started)
    writer.close()
    return sorted(posts[WARM_UP:]), sorted(inserts[WARM_UP:])


def main() -> bool:
    import uvloop

    environment = {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}
    with migrated_database():
        run(_prepare)
        with (
            process([sys.executable, "-m", "takahe", "worker"], environment),
            asgi_server("takahe.asgi:application", environment) as port,
        ):
            posts, inserts = uvloop.run(_take_turns(port))
    middle, late = TURNS // 2, int(TURNS * 0.95)
    print(f"  p50: post {posts[middle] * 1000:.1f} ms, insert {inserts[middle] * 1000:.2f} ms")
    ours, beside = posts[late] * 1000, inserts[late] * 1000
    return report("posting, 100 local followers, p95", ours, beside, BOUND, unit=" ms", at_most=True)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
