"""The most frequent requests of apps, for an authenticated viewer with filters, compared with a bare uvicorn app that sends the same statements
through raw async psycopg and dumps the rows. 16 clients.

`python -m benchmarks.api_reads [home|notifications|account|thread …]`
"""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.support import bare
from benchmarks.support.common import Load, asgi_process, cpu_seconds, load, report
from benchmarks.support.database import migrated_database
from benchmarks.support.timeline_data import (
    FIRST_POST,
    HOST,
    TOKEN,
    make_people,
    make_token,
    run,
    write_notifications,
    write_posts,
    write_thread,
)

BOUND = 0.35
ROUNDS = 3
POSTS = 2_000
REPLIES = 200
PATHS = {
    "home": "/api/v1/timelines/home",
    "notifications": "/api/v1/notifications?limit=40",
    "account": "/api/v1/accounts/1/statuses",
    "thread": f"/api/v1/statuses/{FIRST_POST}/context",
}
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
OURS, BARE = "takahe.asgi:application", "benchmarks.support.bare:app"


async def _prepare(folder: Path) -> None:
    """Create users, posts, a thread, notifications, filters and a token, and record the statements of each request."""
    import httpx

    from activities.filters.services import KeywordDraft, create_filter
    from core.db import own_connection
    from takahe.asgi import application
    from users.identities.models import Identity

    async with own_connection():
        viewer_id = await make_people()
        await write_posts(POSTS, viewer_id)
        await write_thread(REPLIES, viewer_id)
        await write_notifications(viewer_id)
        viewer = await Identity.objects.aget(pk=viewer_id)
        await create_filter(
            identity=viewer,
            title="Bench",
            contexts=["home"],
            keywords=[KeywordDraft(keyword=word) for word in ("spoiler", "number 7", "ending")],
        )
        await make_token(viewer)
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=HEADERS) as http:
        for name, path in PATHS.items():
            await http.get(path)  # fills the caches of the process
            with bare.recorded() as statements:
                answer = await http.get(path)
            print(f"  {name}: {len(statements)} statements, {len(answer.content):,} bytes")
            assert answer.status_code == 200, answer.text
            bare.keep(statements, folder / name)


def _measure(app: str, path: str) -> tuple[Load, float]:
    environment = {"TAKAHE_RATE_LIMIT_PERCENT": "0", "TAKAHE_LOG_LEVEL": "WARNING"}
    with asgi_process(app, environment) as (port, pid):
        before = cpu_seconds(pid)
        seen = load(port, path, host=HOST, seconds=4, warm_up_s=1, headers=HEADERS)
        used = cpu_seconds(pid) - before
    if seen.errors:
        raise SystemExit(f"{app}: {seen.errors} errors")
    return seen, used / seen.requests * 1e6 * 4 / 5


def _compare(name: str, folder: Path) -> bool:
    """Run both in turn, three times; use the best of each."""
    os.environ[bare.STATEMENTS] = str(folder / name)
    best = {BARE: 0.0, OURS: 0.0}
    for _ in range(ROUNDS):
        for app in best:
            seen, used = _measure(app, PATHS[name])
            best[app] = max(best[app], seen.per_second)
            print(
                f"  {app}: {seen.per_second:.0f}/s, p50 {seen.p50_ms:.1f} ms, {used:.0f} µs processor time a request"
            )
    return report(f"{name} through the API, 16 clients", best[OURS], best[BARE], BOUND)


def main(names: list[str]) -> bool:
    with tempfile.TemporaryDirectory() as folder, migrated_database():
        run(lambda: _prepare(Path(folder)))
        held = [_compare(name, Path(folder)) for name in names or PATHS]
    return all(held)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
